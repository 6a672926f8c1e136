import { found, type Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'infisical-client-secret-resource',
  severity: 'error',
  title: 'No client secret of Infisical is made by Terraform',
  explanation: 'It stands in state in the clear, and changing its limits there does nothing.',
  fix: 'Mint it into OpenBao: `backbone infisical issue`.',
  check: (view) =>
    view
      .of('infisical_identity_universal_auth_client_secret')
      .map((located) => found(located, 'its client secret would be stored')),
};
