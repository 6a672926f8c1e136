import type { View } from '../../src/review/reach/view.ts';
import { foundIn, numberAt } from './reading/arguments.ts';
import type { Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'infisical-access-token',
  severity: 'error',
  title: 'An identity of Infisical has limits',
  explanation:
    "Infisical's own defaults are 30 days and no limit of uses: an access token that was copied works for " +
    'a month, from wherever it was taken to.',
  fix: 'access_token_ttl and access_token_max_ttl of an hour at most, access_token_num_uses_limit above 0.',
  check: (view) =>
    methods(view).flatMap((located) => [
      ...['access_token_ttl', 'access_token_max_ttl']
        .filter((attribute) => {
          const ttl = numberAt(located, attribute);
          return !(ttl !== undefined && ttl > 0 && ttl <= 3600);
        })
        .map((attribute) =>
          foundIn(located, attribute, 'its access tokens may live longer than an hour'),
        ),
      ...((numberAt(located, 'access_token_num_uses_limit') ?? 0) > 0
        ? []
        : [
            foundIn(
              located,
              'access_token_num_uses_limit',
              'its access tokens may be used without end',
            ),
          ]),
    ]),
};

/** Every way of logging in has the same arguments. */
function methods(view: View) {
  return view.all.filter(
    ({ resource: { mode, type } }) =>
      mode === 'managed' && /^infisical_identity_\w+_auth$/.test(type),
  );
}
