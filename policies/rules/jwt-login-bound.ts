import { at, textsAt } from '../../src/review/reach/view.ts';
import { isObject, type Json } from '../../src/synthesized/resource.ts';
import { isSet } from './reading/arguments.ts';
import { found, type Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'jwt-login-bound',
  severity: 'error',
  title: 'Single sign-on is for named people or jobs',
  explanation:
    'Without an audience a token that was made for another program logs in; without bound claims ' +
    'everybody of the provider does, and with globs everybody who may choose a name.',
  fix: 'Set bound_audiences, and bound_claims or bound_subject with exact values.',
  check: (view) =>
    view.of('vault_jwt_auth_backend_role').flatMap((located) => {
      const audiences = textsAt(located, 'bound_audiences');
      const claims = at(located, 'bound_claims') as Json | undefined;
      const values = isObject(claims) ? Object.values(claims) : [];
      const exact =
        values.length > 0 && values.every((one) => typeof one === 'string' && !one.includes('*'));
      return [
        ...(audiences === undefined || audiences.length === 0
          ? [found(located, 'it takes tokens for any audience', 'bound_audiences')]
          : []),
        ...(exact || isSet(located, 'bound_subject')
          ? []
          : [found(located, 'it is bound to no exact claim', 'bound_claims')]),
      ];
    }),
};
