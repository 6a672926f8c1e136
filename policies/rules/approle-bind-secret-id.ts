import { foundIn, isFlagOrUnset } from './reading/arguments.ts';
import { approles } from './reading/logins.ts';
import type { Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'approle-bind-secret-id',
  severity: 'error',
  title: 'A RoleID alone is no login',
  explanation:
    'Role ids are not secret; without a SecretID whoever is at the address is the consumer.',
  fix: 'Leave bind_secret_id at true.',
  check: (view) =>
    approles(view)
      .filter((located) => !isFlagOrUnset(located, 'bind_secret_id', true))
      .map((located) => foundIn(located, 'bind_secret_id', 'it needs no SecretID')),
};
