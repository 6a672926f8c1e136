import { foundIn, numberAt } from './reading/arguments.ts';
import type { Rule } from './reading/rule.ts';

const most = 90 * 86_400;

export const rule: Rule = {
  id: 'pki-role-life',
  severity: 'error',
  title: 'A client certificate lives 90 days at most',
  explanation:
    'Its key is the identity of the host, and revocation reaches the login only by hand: its end is what ' +
    'surely comes.',
  fix: 'Set ttl and max_ttl; consumers renew by themselves (`certificateTtl`).',
  check: (view) =>
    view.of('vault_pki_secret_backend_role').flatMap((located) =>
      ['ttl', 'max_ttl']
        .filter((attribute) => {
          const ttl = numberAt(located, attribute);
          return !(ttl !== undefined && ttl > 0 && ttl <= most);
        })
        .map((attribute) =>
          foundIn(located, attribute, 'its certificates may live longer than 90 days'),
        ),
    ),
};
