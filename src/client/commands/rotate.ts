import { readFileSync } from 'node:fs';
import { exclusively } from '../../rotation/lock.ts';
import { rotationDirectory } from '../../rotation/journal.ts';
import { examineAll, rotateAll, type Rotated } from '../../rotation/rotate.ts';
import { UsageError } from '../../usage-error.ts';
import { UserError } from '../../user-error.ts';
import { parsed, type ClientCommand } from '../command.ts';
import { connectionFromEnv, fromEnv } from '../connection.ts';
import { loadContract } from '../contract-file.ts';
import type { Connection } from '../openbao.ts';
import type { Contract } from '../../contract/contract.ts';

const options = {
  check: { type: 'boolean' },
  'take-over': { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

export const rotate: ClientCommand = {
  help: `Replace the credentials of UniFi accounts, at the controller and in OpenBao.

usage: backbone rotate unifi [secret] [--check] [--take-over] [--json]

Without a secret: those that are due (the last tenth of their life) or were cut off. With one: that one now.
The new credential is tried before it is written, and read back as its consumers read it before the old one
ends. A run that was cut off anywhere is finished by the next one. docs/unifi.md tells how.

  --check      sign in and look whether each could be rotated; change nothing
  --take-over  finish the rotation of another host, which must not be at work any more
  --json       one JSON object on stdout

The token is BAO_TOKEN, VAULT_TOKEN or the file BAO_TOKEN_FILE; the secrets are those of the contract.

exit status: 0 rotated, finished or nothing due; 1 could not, and the old credential is valid; 2 cut off
between the old one and the new one: run it again

example: backbone rotate unifi unifi/tofu
         backbone run -- backbone rotate unifi`,

  async run(args, env): Promise<number> {
    const { values, words } = parsed(args, options, { min: 1, max: 2 });
    const [system, secret] = words;
    if (system !== 'unifi') throw new UsageError('the systems that can be rotated are: unifi');
    const contract = loadContract(env);
    const rotations = contract.rotations ?? {};
    const known = Object.keys(rotations).join(', ');
    if (secret !== undefined && !Object.hasOwn(rotations, secret)) {
      throw new UserError(
        `"${secret}" is no secret that this contract lets rotate; there are: ${known === '' ? 'none' : known}`,
      );
    }
    if (known === '') throw new UserError('this contract lets nothing rotate: see docs/unifi.md');
    const directory = rotationDirectory(env);
    const rotator = {
      connection: await connectionOf(contract, env),
      directory,
      say: (line: string) => {
        process.stderr.write(`${line}\n`);
      },
      takeOver: values['take-over'] === true,
    };
    const results =
      values.check === true
        ? await examineAll(rotator, rotations)
        : await exclusively(directory, () => rotateAll(rotator, rotations, secret));
    show(results, values.json === true);
    if (results.some(({ outcome }) => outcome === 'unfinished')) return 2;
    return results.some(({ outcome }) => outcome === 'could not') ? 1 : 0;
  },
};

async function connectionOf(contract: Contract, env: NodeJS.ProcessEnv): Promise<Connection> {
  const [address = ''] = contract.openbao.addresses;
  const connection = await connectionFromEnv(env, address);
  const token = connection.token ?? tokenFile(env);
  if (token === undefined) {
    throw new UserError('no OpenBao token: run it by `backbone run -- ...`, or set BAO_TOKEN');
  }
  return { ...connection, token, ca: connection.ca ?? contract.openbao.caCertificate };
}

function tokenFile(env: NodeJS.ProcessEnv): string | undefined {
  const file = fromEnv(env, 'BAO_TOKEN_FILE');
  if (file === undefined) return undefined;
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    throw new UserError(`the token file ${file} (BAO_TOKEN_FILE) cannot be read`);
  }
}

function show(results: readonly Rotated[], json: boolean): void {
  if (json) process.stdout.write(`${JSON.stringify({ rotations: results })}\n`);
  for (const { secret, outcome, version, detail } of results) {
    const line = `${secret}: ${outcome}${version === undefined ? '' : `, version ${String(version)}`}`;
    if (detail !== undefined) process.stderr.write(`backbone: ${detail}\n`);
    if (!json) process.stdout.write(`${line}\n`);
  }
}
