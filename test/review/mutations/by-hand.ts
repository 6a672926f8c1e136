import { dropped, together, written, type Mutation } from './patch.ts';

const openbao = (address: string, value: object) =>
  written('openbao', `resource.${address}`, value);
const aws = (address: string, value: object) => written('aws-trust', `resource.${address}`, value);
const everything = 'path "*" { capabilities = ["read"] }';
const role = {
  backend: 'approle',
  role_name: 'extra',
  bind_secret_id: true,
  secret_id_num_uses: 1,
  secret_id_ttl: 600,
  secret_id_bound_cidrs: ['192.0.2.1/32'],
  token_bound_cidrs: ['192.0.2.1/32'],
  token_ttl: 900,
  token_max_ttl: 900,
  token_no_default_policy: true,
  token_type: 'service',
  token_policies: ['consumer-unpoller'],
};

/** Resources and blocks that no construct made: raw JSON in a stack. */
export const handMutations: readonly Mutation[] = [
  ['a token', openbao('vault_token.x', { policies: ['operator'] }), 'UNKNOWN', 'vault_token'],
  [
    'a SecretID in state',
    openbao('vault_approle_auth_backend_role_secret_id.x', { role_name: 'unpoller' }),
    'UNKNOWN',
    'vault_approle_auth_backend_role_secret_id',
  ],
  [
    'a policy that nobody has yet',
    openbao('vault_policy.x', { name: 'x', policy: everything }),
    'WIDENS',
    'holder of the policy x',
  ],
  ['a policy that allows nothing', openbao('vault_policy.x', { name: 'x', policy: '' }), 'SAME'],
  [
    'a policy of the same name',
    openbao('vault_policy.x', { name: 'consumer-unpoller', policy: everything }),
    'UNKNOWN',
    'cannot be read',
  ],
  [
    'a policy of the same name in capitals',
    openbao('vault_policy.x', { name: 'Consumer-Unpoller', policy: everything }),
    'UNKNOWN',
    'cannot be read',
  ],
  [
    'a policy whose name is not known',
    openbao('vault_policy.x', { name: '${var.name}', policy: everything }),
    'UNKNOWN WIDENS',
    'name',
  ],
  [
    'a policy from a data source',
    openbao('vault_policy.x', { name: 'x', policy: '${data.vault_policy_document.x.hcl}' }),
    'UNKNOWN',
    'policy',
  ],
  ['an AppRole', openbao('vault_approle_auth_backend_role.x', role), 'WIDENS', 'approle extra'],
  [
    'an AppRole of the same name',
    openbao('vault_approle_auth_backend_role.x', {
      ...role,
      role_name: 'unpoller',
      secret_id_num_uses: 0,
    }),
    'UNKNOWN WIDENS',
    'several resources',
  ],
  [
    'an AppRole under another name in Terraform',
    together(
      dropped('openbao', 'vault_approle_auth_backend_role.plan-runner'),
      dropped('openbao', 'vault_identity_entity_alias.plan-runner'),
      openbao('vault_approle_auth_backend_role.x', {
        ...role,
        role_name: 'plan-runner',
        secret_id_num_uses: 0,
        token_policies: ['consumer-plan-runner'],
      }),
    ),
    'WIDENS NARROWS',
    'secret_id_num_uses',
  ],
  [
    'an AppRole with an argument that nobody knows',
    openbao('vault_approle_auth_backend_role.x', { ...role, alias_metadata: { a: 'b' } }),
    'UNKNOWN WIDENS',
    'alias_metadata',
  ],
  [
    'a userpass method',
    openbao('vault_auth_backend.x', { type: 'userpass', path: 'extra' }),
    'WIDENS',
    'auth method extra',
  ],
  [
    'a user',
    openbao('vault_generic_endpoint.x', {
      path: 'auth/operator/users/x',
      data_json: '{"policies":"operator"}',
    }),
    'UNKNOWN',
    'API path auth/operator/users/x',
  ],
  [
    'an identity with a policy',
    openbao('vault_identity_entity.x', {
      name: 'x',
      policies: ['operator'],
      external_policies: false,
    }),
    'WIDENS',
    'identity x',
  ],
  [
    'an identity without one',
    openbao('vault_identity_entity.x', { name: 'x', external_policies: false }),
    'SAME',
  ],
  [
    'a group',
    openbao('vault_identity_group.x', { policies: ['operator'] }),
    'UNKNOWN',
    'vault_identity_group',
  ],
  [
    'an alias of an identity without a policy',
    openbao('vault_identity_entity_alias.x', {
      name: 'x',
      mount_accessor: '${vault_auth_backend.approle.accessor}',
      canonical_id: '${vault_identity_entity.unpoller.id}',
    }),
    'SAME',
  ],
  [
    'an alias of an identity with one',
    together(
      openbao('vault_identity_entity.x', {
        name: 'x',
        policies: ['operator'],
        external_policies: false,
      }),
      openbao('vault_identity_entity_alias.x', {
        name: 'x',
        mount_accessor: '${vault_auth_backend.approle.accessor}',
        canonical_id: '${vault_identity_entity.x.id}',
      }),
    ),
    'WIDENS',
    'a login that holds the policies operator',
  ],
  [
    'an alias of an identity made elsewhere',
    openbao('vault_identity_entity_alias.x', {
      name: 'x',
      mount_accessor: '${vault_auth_backend.approle.accessor}',
      canonical_id: '7d1c',
    }),
    'UNKNOWN',
    'not made here',
  ],
  [
    'a session role',
    openbao('vault_aws_secret_backend_role.x', {
      name: 'x',
      backend: 'aws',
      credential_type: 'assumed_role',
      role_arns: ['arn:aws:iam::111122223333:role/tf-unifi'],
      default_sts_ttl: 900,
      max_sts_ttl: 900,
    }),
    'WIDENS',
    's3:getobject',
  ],
  [
    'a session role that makes users',
    openbao('vault_aws_secret_backend_role.x', {
      name: 'x',
      backend: 'aws',
      credential_type: 'iam_user',
      policy_document: '{}',
    }),
    'UNKNOWN WIDENS',
    'credential_type',
  ],
  [
    'a CA role',
    openbao('vault_pki_secret_backend_role.x', {
      name: 'x',
      backend: '${vault_mount.pki.path}',
      allow_any_name: true,
    }),
    'WIDENS',
    'certificates x',
  ],
  [
    'a CA whose key leaves OpenBao',
    openbao('vault_pki_secret_backend_root_cert.x', {
      backend: 'pki',
      common_name: 'x',
      type: 'exported',
    }),
    'UNKNOWN WIDENS',
    'type',
  ],
  ['a KV engine', openbao('vault_mount.x', { path: 'x', type: 'kv-v2' }), 'SAME'],
  [
    'an engine of another kind',
    openbao('vault_mount.x', { path: 'x', type: 'kubernetes' }),
    'UNKNOWN',
    'type',
  ],
  [
    'a rate limit more',
    openbao('vault_quota_rate_limit.x', { name: 'x', path: 'auth/x', rate: 1, interval: 1 }),
    'SAME',
  ],
  ['an audit device', openbao('vault_audit.x', { type: 'file' }), 'UNKNOWN', 'vault_audit'],
  [
    'a secret that is read',
    written('openbao', 'data.vault_kv_secret_v2.x', { mount: 'kv', name: 'unifi/tofu' }),
    'UNKNOWN',
    'vault_kv_secret_v2',
  ],
  [
    'an ephemeral secret',
    written('openbao', 'ephemeral.vault_kv_secret_v2.x', { mount: 'kv', name: 'unifi/tofu' }),
    'UNKNOWN',
    'ephemeral',
  ],
  ['an IAM user', aws('aws_iam_user.x', { name: 'x' }), 'UNKNOWN', 'aws_iam_user'],
  ['an access key', aws('aws_iam_access_key.x', { user: 'x' }), 'UNKNOWN', 'aws_iam_access_key'],
  [
    'a managed policy on a role',
    aws('aws_iam_role_policy_attachment.x', {
      role: 'tf-unifi',
      policy_arn: 'arn:aws:iam::aws:policy/AdministratorAccess',
    }),
    'UNKNOWN',
    'aws_iam_role_policy_attachment',
  ],
  [
    'a second policy on a role that OpenBao narrows',
    aws('aws_iam_role_policy.x', {
      name: 'x',
      role: 'tf-unifi',
      policy:
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
    }),
    'WIDENS',
    'AWS role tf-unifi',
  ],
  [
    'a second policy on the broker',
    aws('aws_iam_role_policy.x', {
      name: 'x',
      role: '${aws_iam_role.openbao-broker.name}',
      policy:
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
    }),
    'WIDENS',
    'AWS role openbao-broker',
  ],
  [
    'a policy on a role that is not known',
    aws('aws_iam_role_policy.x', {
      name: 'x',
      role: '${var.role}',
      policy:
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
    }),
    'UNKNOWN WIDENS',
    'role',
  ],
  [
    'a role with an inline policy',
    aws('aws_iam_role.x', {
      name: 'x',
      assume_role_policy:
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}]}',
      inline_policy: [{ name: 'x' }],
    }),
    'UNKNOWN WIDENS',
    'inline_policy',
  ],
  [
    'a bucket with an ACL',
    aws('aws_s3_bucket.x', { bucket: 'x', acl: 'public-read' }),
    'UNKNOWN',
    'acl',
  ],
  [
    'an ACL of a bucket',
    aws('aws_s3_bucket_acl.x', { bucket: 'x', acl: 'public-read' }),
    'UNKNOWN',
    'aws_s3_bucket_acl',
  ],
  [
    'a container',
    written('host', 'resource.proxmox_virtual_environment_container.x', {
      vm_id: 999,
      unprivileged: false,
    }),
    'WIDENS',
    'unprivileged',
  ],
  [
    'a program',
    written('host', 'resource.terraform_data.x', {
      provisioner: [{ 'local-exec': { command: 'true' } }],
    }),
    'UNKNOWN',
    'program',
  ],
  [
    'a program as a data source',
    written('host', 'data.external.x', { program: ['true'] }),
    'UNKNOWN',
    'external',
  ],
  [
    'an Infisical login',
    written('infisical', 'resource.infisical_identity_token_auth.x', { identity_id: 'x' }),
    'UNKNOWN',
    'infisical_identity_token_auth',
  ],
  [
    'a value of a secret',
    written('infisical', 'resource.infisical_secret.x', { name: 'x', value: 'y' }),
    'UNKNOWN',
    'infisical_secret',
  ],
  ['a module', written('openbao', 'module.x', { source: './x' }), 'UNKNOWN', 'module'],
  ['a variable', written('openbao', 'variable.x', { default: 'y' }), 'UNKNOWN', 'variable'],
  ['a local', written('openbao', 'locals.x', 'y'), 'UNKNOWN', 'locals'],
  [
    'an import of what was made by hand',
    written('openbao', 'import', [{ to: 'vault_policy.x', id: 'x' }]),
    'UNKNOWN',
    'import',
  ],
  ['an output', written('openbao', 'output.x', { value: 'y' }), 'SAME'],
  [
    'another server',
    written('openbao', 'provider.vault.0.address', 'https://elsewhere.example'),
    'UNKNOWN',
    'provider',
  ],
  [
    'a server that is not verified',
    written('openbao', 'provider.vault.0.skip_tls_verify', true),
    'UNKNOWN',
    'provider',
  ],
  [
    'another provider of the same name',
    written('openbao', 'terraform.required_providers.vault.source', 'example/vault'),
    'UNKNOWN',
    'terraform.required_providers',
  ],
];
