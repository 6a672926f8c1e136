import { secretAttributes } from './reading/secrets.ts';
import { isFlag, isSet } from './reading/arguments.ts';
import { found, type Rule } from './reading/rule.ts';
import type { Located } from '../../src/review/reach/view.ts';

/** Each of these has a rule of its own, which says what to do instead. */
const elsewhere = [
  'vault_approle_auth_backend_role_secret_id',
  'infisical_identity_universal_auth_client_secret',
  'aws_iam_access_key',
  'vault_token',
];

export const rule: Rule = {
  id: 'secret-from-resource',
  severity: 'error',
  title: 'No resource whose server answers with a secret',
  explanation:
    "The answer is stored in state, whatever is done with it. The list is derived from the providers' " +
    'schemas (providers/secret-attributes.json): sensitive, computed, not write-only.',
  fix: 'Mint it outside Terraform at the moment of its delivery, as `backbone secret-id issue` and `backbone infisical issue` do.',
  reviewed: [
    {
      what: 'vault_ssh_secret_backend_ca with generate_signing_key',
      reason:
        'The server makes the key and never answers with it; the attribute is for a key that is given to it.',
    },
  ],
  check: (view) =>
    view.all
      .filter(({ resource }) => resource.mode === 'managed' && !elsewhere.includes(resource.type))
      .filter((located) => !isMadeInside(located))
      .flatMap((located) =>
        (secretAttributes.resources[located.resource.type]?.exported ?? []).map((path) =>
          found(located, `${path} would be stored`, path),
        ),
      ),
};

function isMadeInside(located: Located): boolean {
  return (
    located.resource.type === 'vault_ssh_secret_backend_ca' &&
    isFlag(located, 'generate_signing_key', true) &&
    !isSet(located, 'private_key')
  );
}
