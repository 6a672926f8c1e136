import { call } from '../client/openbao.ts';
import { has, inside, number, object } from '../contract/shape.ts';
import { githubKey } from '../model/names.ts';
import { UserError } from '../user-error.ts';
import { isPushed, tryPush } from './github-push.ts';
import type { Check, ClassPlan, Place } from './row.ts';

/** The key of the App is looked at, and each context that may push is pushed by, as one of its consumers. */
export const githubApiPush: ClassPlan = {
  was: 'personal access tokens of five tiers in the keychain',
  target: 'GitHub App and a broker that mints tokens of an hour',
  back: 'the personal access tokens work until they are revoked; revoke them last',
  next: {
    current:
      'declare github, deploy openbao and github, import the key, and run the broker (docs/github.md)',
    dual: 'revoke the personal access tokens, the widest first',
  },
  missing: ({ github }) => {
    if (github === undefined) return ['github.enabled is false'];
    return github.contexts.some(isPushed)
      ? []
      : ['no consumer is granted a context of GitHub with contents: write'];
  },
  prove: async (place) => {
    const checks = [await keyIsThere(place)];
    for (const context of place.backbone.github?.contexts ?? []) {
      if (isPushed(context)) checks.push(...(await tryPush(place, context)));
    }
    return checks;
  },
};

async function keyIsThere({ connection }: Place): Promise<Check> {
  const path = githubKey.key;
  const what = 'the key of the App is in OpenBao, and cannot be taken out';
  try {
    const answer = await call(connection, { method: 'GET', path });
    if (answer === undefined) {
      return { what, outcome: 'failed', found: 'there is none: `backbone github import-key`' };
    }
    const data = inside(object(answer, path), 'data');
    const kept = ['exportable', 'allow_plaintext_backup', 'deletion_allowed'].every(
      (flag) => has(data, flag) && data.value[flag] === false,
    );
    return kept
      ? { what, outcome: 'proved', found: `version ${String(number(data, 'latest_version'))}` }
      : { what, outcome: 'failed', found: 'it may be exported, backed up in the clear or deleted' };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { what, outcome: 'failed', found: error.message };
  }
}
