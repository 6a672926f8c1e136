import { textsAt } from '../../src/review/reach/view.ts';
import { foundIn, isFlag, isFlagOrUnset } from './reading/arguments.ts';
import { found, type Rule } from './reading/rule.ts';

const widening = [
  ...['allow_any_name', 'allow_wildcard_certificates', 'allow_glob_domains', 'allow_subdomains'],
  ...['allow_localhost', 'allow_ip_sans', 'allowed_domains_template', 'allowed_uri_sans_template'],
];
/** The server's default is true for these. */
const onByDefault = ['allow_wildcard_certificates', 'allow_localhost', 'allow_ip_sans'];

export const rule: Rule = {
  id: 'pki-role-names',
  severity: 'error',
  title: 'A role signs for one name',
  explanation:
    'A certificate is a login here. A role that signs other names, or takes them from the request, makes ' +
    'one consumer into another.',
  fix: 'allowed_domains with the one name, allow_bare_domains, enforce_hostnames; everything else off, also what is on by default.',
  check: (view) =>
    view.of('vault_pki_secret_backend_role').flatMap((located) => {
      const domains = textsAt(located, 'allowed_domains');
      const named =
        domains !== undefined && domains.length > 0 && domains.every((one) => !/[*{]/.test(one));
      return [
        ...widening
          .filter((attribute) =>
            onByDefault.includes(attribute)
              ? !isFlag(located, attribute, false)
              : !isFlagOrUnset(located, attribute, false),
          )
          .map((attribute) => foundIn(located, attribute, 'it signs other names, too')),
        ...(isFlagOrUnset(located, 'enforce_hostnames', true)
          ? []
          : [foundIn(located, 'enforce_hostnames', 'it signs any form of name')]),
        ...(isFlag(located, 'use_csr_sans', false)
          ? []
          : [foundIn(located, 'use_csr_sans', 'names are taken from the request')]),
        ...(named ? [] : [found(located, 'it names no exact domain', 'allowed_domains')]),
      ];
    }),
};
