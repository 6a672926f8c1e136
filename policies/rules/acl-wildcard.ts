import type { AclStanza } from '../../src/review/acl/parse.ts';
import { aclRules, isWildcard, may } from './reading/acl.ts';
import { found, type Rule } from './reading/rule.ts';

/** Configuration of the program's own; none of these paths answers with a secret. */
const configuration = [
  'sys/policies/acl/consumer-*',
  'sys/policies/acl/enrol-*',
  'sys/policies/acl/renew-*',
  'auth/approle/role/+',
  'auth/approle/role/+/role-id',
  'auth/cert/certs/+',
  'aws/roles/+',
  'pki/roles/+',
  'pki-services/roles/+',
  'ssh/roles/+',
  'database/roles/+',
  'identity/entity/id/+',
  'identity/entity/name/+',
  'identity/entity-alias/id/+',
  'sys/quotas/rate-limit/+',
];

/** What `backbone drift` looks for is what nobody declared, so it can be named by no exact path. */
const audited = [
  'sys/policies/acl/+',
  'sys/quotas/rate-limit/+',
  'auth/approle/role/+',
  'auth/cert/certs/+',
  'auth/operator/users/+',
  'auth/operator/role/+',
  'auth/workflows/role/+',
  'auth/bootstrap/users/+',
  'auth/token/roles/+',
  'aws/roles/+',
  'pki/roles/+',
  'pki-services/roles/+',
  'ssh/roles/+',
  'database/roles/+',
  'identity/entity/name/+',
  'identity/group/name/+',
  'identity/oidc/key/+',
  'identity/oidc/role/+',
  'pki/issuer/+',
  'pki-services/issuer/+',
];

const issuers = ['pki/issuer/+', 'pki-services/issuer/+'];

export const rule: Rule = {
  id: 'acl-wildcard',
  severity: 'error',
  title: 'A policy names exact paths',
  explanation:
    'A `*` or `+` also allows what is made later: the next secret, the next role, the next consumer.',
  fix: 'Write one rule for each path; the program knows them all.',
  reviewed: [
    {
      what: `terraform-plan (read, list) and terraform-apply: ${configuration.join(', ')}`,
      reason:
        'Consumers come and go with the declaration, and the identity that makes a role cannot be told of it by a policy that it has yet to write. Each is configuration without a secret value.',
    },
    {
      what: 'terraform-plan (read, list) and terraform-apply (custom_metadata alone): kv/metadata/*',
      reason: 'Owner and rotation of each declared secret; kv/data stays closed.',
    },
    {
      what: `terraform-apply (delete): ${issuers.join(', ')}`,
      reason: 'The id of the CA is made by the server.',
    },
    {
      what: `auditor (read): ${audited.join(', ')}`,
      reason:
        'What was made by hand has a name that nobody knows. No value is read, no password told.',
    },
  ],
  check: (view) =>
    aclRules(view)
      .filter(({ stanza }) => isWildcard(stanza.path) && !stanza.capabilities.includes('deny'))
      .filter(({ policy, stanza }) => !isReviewed(policy, stanza))
      .map(({ located, stanza }) =>
        found(
          located,
          `it allows ${stanza.capabilities.join(', ')} on ${stanza.path}`,
          stanza.path,
        ),
      ),
};

function isReviewed(policy: string, stanza: AclStanza): boolean {
  const { path } = stanza;
  const reads = !may(stanza, 'create', 'update', 'delete', 'patch', 'sudo', 'scan');
  const plans = policy === 'terraform-plan' && reads;
  const applies = policy === 'terraform-apply' && !may(stanza, 'sudo', 'scan', 'patch');
  if (policy !== 'auditor' && configuration.includes(path)) return plans || applies;
  if (path === 'kv/metadata/*') {
    const narrow = Object.keys(stanza.allowedParameters).join() === 'custom_metadata';
    return plans || (applies && narrow && !may(stanza, 'delete'));
  }
  if (policy === 'auditor') return audited.includes(path) && stanza.capabilities.join() === 'read';
  return issuers.includes(path) && applies && stanza.capabilities.join() === 'delete';
}
