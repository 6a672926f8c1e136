import { found, type Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'token-resource',
  severity: 'error',
  title: 'No token of OpenBao is made by Terraform',
  explanation: 'It stands in state, and is renewed there for as long as anybody applies.',
  fix: 'Log in where the token is needed.',
  check: (view) =>
    view.of('vault_token').map((located) => found(located, 'its token would be stored')),
};
