import { isSet } from './reading/arguments.ts';
import { found, type Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'identity-policies',
  severity: 'error',
  title: 'Policies come with a login, not with an entity',
  explanation:
    'A policy of an entity or group comes along with every login of it, the certificate and the ' +
    'AppRole alike, and stands in neither role: a reader of the role does not see it.',
  fix: 'Put the policy into token_policies of the login that needs it.',
  check: (view) =>
    ['vault_identity_entity', 'vault_identity_group']
      .flatMap((type) => view.of(type))
      .filter((located) => isSet(located, 'policies'))
      .map((located) => found(located, 'it carries policies', 'policies'))
      .concat(
        ['vault_identity_entity_policies', 'vault_identity_group_policies']
          .flatMap((type) => view.of(type))
          .map((located) => found(located, 'it carries policies')),
      ),
};
