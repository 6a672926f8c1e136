import { isUnresolved } from '../../src/synthesized/reference.ts';
import { at, textAt, textsAt } from '../../src/review/reach/view.ts';
import { isSet } from './reading/arguments.ts';
import { found, type Rule } from './reading/rule.ts';

/** Signed by a key that the issuer keeps; with the others whoever can check can also sign. */
const asymmetric = /^(RS|PS|ES)(256|384|512)$|^EdDSA$/;

export const rule: Rule = {
  id: 'jwt-issuer-bound',
  severity: 'error',
  title: 'Tokens of one issuer are believed, by keys that come over TLS',
  explanation:
    'Without an issuer every token that the keys have signed is taken. Keys that came over plain HTTP are those ' +
    'of whoever stands in between.',
  fix: 'Set bound_issuer, jwt_supported_algs, and an oidc_discovery_url or jwks_url of https.',
  check: (view) =>
    view.of('vault_jwt_auth_backend').flatMap((located) => {
      const algorithms = textsAt(located, 'jwt_supported_algs') ?? [];
      const signed = algorithms.length > 0 && algorithms.every((one) => asymmetric.test(one));
      const open = ['oidc_discovery_url', 'jwks_url'].filter(
        (name) => isSet(located, name) && textAt(located, name)?.startsWith('https://') !== true,
      );
      const issuer = at(located, 'bound_issuer');
      return [
        ...(isUnresolved(issuer) || !isSet(located, 'bound_issuer')
          ? [found(located, 'it is bound to no issuer', 'bound_issuer')]
          : []),
        ...(signed ? [] : [found(located, 'it names no signature of keys', 'jwt_supported_algs')]),
        ...open.map((name) => found(located, 'its keys do not come over TLS', name)),
      ];
    }),
};
