import { textsAt } from '../../src/review/reach/view.ts';
import { foundIn } from './reading/arguments.ts';
import { approles } from './reading/logins.ts';
import { isOpen } from './reading/networks.ts';
import type { Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'approle-cidr',
  severity: 'error',
  title: 'An AppRole works from its own addresses alone',
  explanation:
    'Without CIDR a SecretID that was copied logs in from anywhere, and so does the token that it gives.',
  fix: 'Set secret_id_bound_cidrs and token_bound_cidrs to the addresses of the consumer.',
  check: (view) =>
    approles(view).flatMap((located) =>
      ['secret_id_bound_cidrs', 'token_bound_cidrs']
        .filter((attribute) => {
          const networks = textsAt(located, attribute);
          return networks === undefined || networks.length === 0 || networks.some(isOpen);
        })
        .map((attribute) => foundIn(located, attribute, 'it is not bound to addresses')),
    ),
};
