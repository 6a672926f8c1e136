import { textAt } from '../../src/review/reach/view.ts';
import { isSet } from './reading/arguments.ts';
import { loginMethods } from './reading/logins.ts';
import { found, type Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'login-rate-limit',
  severity: 'error',
  title: 'Logins are limited in their rate',
  explanation:
    'A consumer that has gone wild, or somebody who guesses, takes the whole server with it.',
  fix: 'vault_quota_rate_limit for auth/<method>/login, or one for all requests.',
  check: (view) => {
    const limits = view.of('vault_quota_rate_limit');
    if (limits.some((limit) => !isSet(limit, 'path'))) return [];
    const paths = limits.map((limit) => textAt(limit, 'path'));
    return loginMethods(view)
      .filter((method) => {
        const path = textAt(method, 'path') ?? '?';
        return ![`auth/${path}/login`, `auth/${path}`, `auth/${path}/`].some((one) =>
          paths.includes(one),
        );
      })
      .map((method) => found(method, 'nothing limits its logins'));
  },
};
