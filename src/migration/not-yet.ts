import type { ClassPlan } from './row.ts';

/** The class whose target this version cannot serve. It says so, and proves nothing. */
export const githubApiPush: ClassPlan = {
  was: 'personal access tokens of five tiers in the keychain',
  target: 'GitHub App and a broker that mints tokens of an hour',
  back: 'the personal access tokens work until they are revoked; revoke them last',
  next: {
    current: 'wait for a version with the broker',
    dual: 'revoke the personal access tokens, the widest first',
  },
  missing: () => ['this version has no GitHub broker'],
  prove: () => Promise.resolve([]),
};
