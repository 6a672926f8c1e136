import type { Located } from '../../src/review/reach/view.ts';
import { foundIn, numberAt } from './reading/arguments.ts';
import { logins, roleNameOf } from './reading/logins.ts';
import type { Rule } from './reading/rule.ts';

const hour = 3600;

export const rule: Rule = {
  id: 'token-life',
  severity: 'error',
  title: 'A token lives no longer than declared',
  explanation:
    'Not set, or 0, is the default of the server, 768 hours. What a consumer declares is what was agreed; ' +
    'for any other login it is an hour.',
  fix: 'Set token_ttl and token_max_ttl within `token.maxTtl` of the consumer.',
  check: (view) =>
    logins(view).flatMap((located) => {
      const name = roleNameOf(located);
      const most = (name === undefined ? undefined : view.declared.tokens[name]) ?? hour;
      return attributesOf(located)
        .filter((attribute) => {
          const ttl = numberAt(located, attribute);
          return !(ttl !== undefined && ttl > 0 && ttl <= most);
        })
        .map((attribute) => foundIn(located, attribute, `at most ${String(most)} s were agreed`));
    }),
};

/** A role of the token method has one bound for both. */
function attributesOf({ resource }: Located): readonly string[] {
  return resource.type === 'vault_token_auth_backend_role'
    ? ['token_explicit_max_ttl']
    : ['token_ttl', 'token_max_ttl'];
}
