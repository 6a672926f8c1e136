import { found, type Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'approle-secret-id-resource',
  severity: 'error',
  title: 'No SecretID is made by Terraform',
  explanation:
    'It stands in state, wrapped or not: the wrapping token does, too, and after it was used Terraform ' +
    'makes another one at every apply.',
  fix: 'Mint it at delivery: `backbone secret-id issue`, `backbone launch` or `backbone deliver`.',
  check: (view) =>
    view
      .of('vault_approle_auth_backend_role_secret_id')
      .map((located) => found(located, 'its SecretID would be stored')),
};
