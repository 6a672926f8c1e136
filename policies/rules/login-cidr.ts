import { textsAt } from '../../src/review/reach/view.ts';
import { foundIn } from './reading/arguments.ts';
import { logins } from './reading/logins.ts';
import { isOpen } from './reading/networks.ts';
import type { Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'login-cidr',
  severity: 'error',
  title: 'A token of any login works from its own addresses alone',
  explanation:
    'A token that was copied, or a key that left its host, works from anywhere otherwise.',
  fix: 'Set token_bound_cidrs to the addresses of the consumer or of the operators.',
  check: (view) =>
    logins(view)
      .filter(({ resource }) => resource.type !== 'vault_approle_auth_backend_role')
      .filter((located) => {
        const networks = textsAt(located, 'token_bound_cidrs');
        return networks === undefined || networks.length === 0 || networks.some(isOpen);
      })
      .map((located) => foundIn(located, 'token_bound_cidrs', 'it is not bound to addresses')),
};
