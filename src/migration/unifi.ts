import type { Secret } from '../model/secret.ts';
import { works } from '../rotation/credential.ts';
import { readVersion } from '../rotation/pending.ts';
import { UserError } from '../user-error.ts';
import type { Check, ClassPlan, Place } from './row.ts';

/** Each secret of an account: what its consumers read now is used at the controller. */
export const unifi: ClassPlan = {
  was: 'keychain, or the environment at apply time',
  target: 'KV-v2 of OpenBao, read through a token of minutes; rotated by `backbone rotate unifi`',
  back:
    'export UNIFI_USERNAME and UNIFI_PASSWORD (or UNIFI_API_KEY) as before, with the value of ' +
    '`bao kv get` of that hour: a rotation has replaced what the keychain holds.',
  next: {
    current:
      'declare the secrets with a unifi block, deploy openbao, and `backbone secret put` each value once',
    dual:
      'rotate each secret once (`backbone rotate unifi <secret>`), so that what the keychain holds is ' +
      'dead, then delete it there',
  },
  missing: ({ secrets, consumers }) => {
    const mine = accountsOf(secrets);
    const read = new Set<string>(
      consumers.flatMap(({ grants }) => grants.map((grant) => grant.path)),
    );
    return [
      ...(mine.length === 0 ? ['no secret with a unifi block is declared'] : []),
      ...(mine.some(({ dataPath }) => read.has(dataPath)) ? [] : ['no consumer is granted one']),
    ];
  },
  prove: async (place) => {
    const checks: Check[] = [];
    for (const secret of accountsOf(place.backbone.secrets)) checks.push(await use(place, secret));
    return checks;
  },
};

function accountsOf(secrets: readonly Secret[]): readonly Secret[] {
  return secrets.filter(({ rotation }) => rotation !== undefined);
}

async function use({ connection }: Place, { path, rotation }: Secret): Promise<Check> {
  if (rotation === undefined) throw new Error(`${path} has no account`);
  const { certificateSha256, ...rest } = rotation;
  const contract = certificateSha256 === undefined ? rest : { ...rest, certificateSha256 };
  const what = `${path} signs in as ${rotation.admin} at ${rotation.controller} and reads the site`;
  try {
    const value = await readVersion(connection, rotation.data);
    if (value === undefined) {
      return { what, outcome: 'failed', found: 'it is empty: `backbone secret put` it' };
    }
    return (await works(contract, contract, value.fields))
      ? { what, outcome: 'proved', found: `version ${String(value.version)}` }
      : { what, outcome: 'failed', found: 'the controller does not take it' };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { what, outcome: 'failed', found: error.message };
  }
}
