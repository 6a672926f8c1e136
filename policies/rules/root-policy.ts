import { textsAt } from '../../src/review/reach/view.ts';
import { textAt } from '../../src/review/reach/view.ts';
import { logins } from './reading/logins.ts';
import { found, type Rule } from './reading/rule.ts';

const attributes = ['token_policies', 'allowed_policies', 'allowed_policies_glob', 'policies'];

export const rule: Rule = {
  id: 'root-policy',
  severity: 'error',
  title: 'Nobody gets the root policy',
  explanation: 'A token with it may do everything, for ever, and no policy of this program counts.',
  fix: 'Give the role a policy of its own.',
  check: (view) => [
    ...[
      ...logins(view),
      ...view.of('vault_identity_entity'),
      ...view.of('vault_identity_group'),
    ].flatMap((located) =>
      attributes.flatMap((attribute) => {
        const names = textsAt(located, attribute);
        if (names === undefined) {
          return [found(located, `${attribute} could not be evaluated`, attribute)];
        }
        return names
          .filter((name) => name === 'root' || (attribute.endsWith('_glob') && name.includes('*')))
          .map((name) => found(located, `it gives the policy ${name}`, `${attribute} = ${name}`));
      }),
    ),
    ...view
      .of('vault_policy')
      .filter((located) => textAt(located, 'name') === 'root')
      .map((located) => found(located, 'it calls itself root')),
  ],
};
