import { textAt, textsAt, type Located } from '../../src/review/reach/view.ts';
import { foundIn, isFlag } from './reading/arguments.ts';
import type { Rule } from './reading/rule.ts';

/** On by default but for code signing and mail. */
const uses = ['server_flag', 'code_signing_flag', 'email_protection_flag'];

/** The CA that no login trusts. */
const services = 'pki-services';

export const rule: Rule = {
  id: 'pki-role-use',
  severity: 'error',
  title: 'A client certificate is for logging in alone',
  explanation:
    'With server_flag, which is on by default, a consumer stands in for a server that trusts this CA.',
  fix: 'server_flag, code_signing_flag and email_protection_flag false, ext_key_usage ClientAuth.',
  reviewed: [
    {
      what: `roles of ${services} with ext_key_usage ServerAuth, and without client_flag`,
      reason: 'Certificates of services are for nothing else, and no login trusts their CA.',
    },
  ],
  check: (view) =>
    view
      .of('vault_pki_secret_backend_role')
      .filter((located) => !isOfService(located))
      .flatMap((located) => [
        ...uses
          .filter((attribute) => !isFlag(located, attribute, false))
          .map((attribute) =>
            foundIn(located, attribute, 'its certificates are good for more than a login'),
          ),
        ...(textsAt(located, 'ext_key_usage')?.every((use) => use === 'ClientAuth') === true
          ? []
          : [foundIn(located, 'ext_key_usage', 'its certificates are good for more than a login')]),
      ]),
};

function isOfService(located: Located): boolean {
  const others = ['client_flag', 'code_signing_flag', 'email_protection_flag'];
  return (
    textAt(located, 'backend') === services &&
    textsAt(located, 'ext_key_usage')?.join() === 'ServerAuth' &&
    others.every((attribute) => isFlag(located, attribute, false))
  );
}
