import { textAt, textsAt } from '../../src/review/reach/view.ts';
import { isSet } from './reading/arguments.ts';
import { found, type Rule } from './reading/rule.ts';

const names = [
  ...['allowed_common_names', 'allowed_dns_sans', 'allowed_uri_sans', 'allowed_email_sans'],
  'allowed_names',
];

export const rule: Rule = {
  id: 'certificate-login-names',
  severity: 'error',
  title: 'A certificate login is for one name',
  explanation:
    'Without a name, every certificate of the CA logs in: one consumer is all of them. A wildcard is ' +
    'whoever gets such a name signed.',
  fix: 'Set allowed_common_names to the name of the consumer.',
  check: (view) =>
    view
      .of('vault_cert_auth_backend_role')
      .flatMap((located) => {
        const bound = names.filter((attribute) => isSet(located, attribute));
        const wide = bound.filter(
          (attribute) => textsAt(located, attribute)?.every((name) => !/[*?]/.test(name)) !== true,
        );
        if (bound.length === 0) return [found(located, 'it takes any certificate of the CA')];
        return wide.map((attribute) =>
          found(located, `${attribute} has a wildcard, or could not be evaluated`, attribute),
        );
      })
      .concat(
        view
          .of('vault_cert_auth_backend_role')
          .filter((located) => textAt(located, 'certificate') === undefined)
          .map((located) => found(located, 'its CA could not be evaluated', 'certificate')),
      ),
};
