import { infisicalTypes } from './infisical-types.ts';
import type { LimitKind } from './limits.ts';

/**
 * What each argument of a resource type means for reach. `inert`: nothing, whoever it changes for. `policy`:
 * read by meaning in its own file. A limit kind: compared as such. What stands in no row is UNKNOWN when it
 * changes, and so is a type that has none: a new one is looked at by a person until it has its row here.
 */
export type Meaning = 'inert' | 'policy' | LimitKind;

export interface TypeMeaning {
  /** Who or what it is about, e.g. `approle`; with the name it is the subject of a change. */
  readonly subject: string;
  /** Argument that names it. @default - its name in Terraform */
  readonly name?: string;
  readonly arguments: Readonly<Record<string, Meaning>>;
  /** What it means that there is a new one. */
  readonly created: 'nothing' | 'widens' | 'by its policies';
  /** What it means that it is gone: of what guards something, that it no longer does. @default nothing */
  readonly removed?: 'widens' | 'unknown';
}

const everywhere = {
  depends_on: 'inert',
  lifecycle: 'inert',
  provider: 'fixed',
  description: 'inert',
  tags: 'inert',
  tags_all: 'inert',
} as const satisfies TypeMeaning['arguments'];

const token = {
  token_policies: 'policy',
  token_bound_cidrs: 'cidrs',
  token_ttl: 'life',
  token_max_ttl: 'life',
  token_explicit_max_ttl: 'life',
  token_num_uses: 'uses',
  token_period: 'fixed',
  token_no_default_policy: 'policy',
  token_type: 'fixed',
} as const satisfies TypeMeaning['arguments'];

export const types: Readonly<Record<string, TypeMeaning>> = {
  ...infisicalTypes,
  vault_policy: {
    subject: 'policy',
    arguments: { name: 'policy', policy: 'policy' },
    created: 'nothing',
  },
  vault_approle_auth_backend_role: {
    subject: 'approle',
    name: 'role_name',
    arguments: {
      ...token,
      backend: 'fixed',
      role_name: 'inert',
      bind_secret_id: 'guard',
      secret_id_num_uses: 'uses',
      secret_id_ttl: 'life',
      secret_id_bound_cidrs: 'cidrs',
    },
    created: 'by its policies',
  },
  vault_cert_auth_backend_role: {
    subject: 'certificate',
    name: 'name',
    arguments: {
      ...token,
      name: 'inert',
      backend: 'fixed',
      certificate: 'fixed',
      display_name: 'inert',
      allowed_common_names: 'one-of',
      allowed_names: 'one-of',
      allowed_dns_sans: 'one-of',
      allowed_uri_sans: 'one-of',
      allowed_organizational_units: 'one-of',
    },
    created: 'by its policies',
  },
  vault_jwt_auth_backend_role: {
    subject: 'single sign-on',
    name: 'role_name',
    arguments: {
      ...token,
      backend: 'fixed',
      role_name: 'inert',
      role_type: 'fixed',
      user_claim: 'fixed',
      bound_audiences: 'one-of',
      bound_subject: 'fixed',
      bound_claims: 'fixed',
      bound_claims_type: 'fixed',
      allowed_redirect_uris: 'all-of',
      oidc_scopes: 'inert',
    },
    created: 'by its policies',
  },
  vault_aws_secret_backend_role: {
    subject: 'AWS session',
    name: 'name',
    arguments: {
      name: 'inert',
      backend: 'fixed',
      credential_type: 'fixed',
      role_arns: 'policy',
      policy_document: 'policy',
      default_sts_ttl: 'life',
      max_sts_ttl: 'life',
    },
    created: 'nothing',
  },
  vault_aws_secret_backend: {
    subject: 'AWS engine',
    arguments: {
      path: 'fixed',
      region: 'fixed',
      sts_region: 'fixed',
      sts_endpoint: 'fixed',
      iam_endpoint: 'fixed',
      max_retries: 'inert',
      default_lease_ttl_seconds: 'life',
      max_lease_ttl_seconds: 'life',
    },
    created: 'nothing',
  },
  vault_mount: {
    subject: 'engine',
    name: 'path',
    arguments: {
      path: 'fixed',
      type: 'fixed',
      default_lease_ttl_seconds: 'life',
      max_lease_ttl_seconds: 'life',
    },
    created: 'nothing',
  },
  // Whoever may log in by it is in its roles; a method that has none (userpass) gets its users elsewhere.
  vault_auth_backend: {
    subject: 'auth method',
    name: 'path',
    arguments: { path: 'fixed', type: 'fixed', tune: 'policy' },
    created: 'widens',
  },
  vault_identity_entity: {
    subject: 'identity',
    name: 'name',
    arguments: { name: 'inert', external_policies: 'inert', metadata: 'inert', policies: 'all-of' },
    created: 'nothing',
  },
  vault_identity_entity_alias: {
    subject: 'identity alias',
    arguments: { name: 'inert', mount_accessor: 'inert', canonical_id: 'inert' },
    created: 'nothing',
  },
  // Whoever gets such a token proves elsewhere who it is; who may get it is in the policies.
  vault_identity_oidc_key: {
    subject: 'key of identity tokens',
    name: 'name',
    arguments: {
      name: 'inert',
      algorithm: 'fixed',
      rotation_period: 'life',
      verification_ttl: 'life',
      allowed_client_ids: 'all-of',
    },
    created: 'nothing',
  },
  vault_identity_oidc_role: {
    subject: 'identity tokens',
    name: 'name',
    arguments: { name: 'inert', key: 'fixed', client_id: 'fixed', template: 'fixed', ttl: 'life' },
    created: 'nothing',
  },
  vault_kv_secret_backend_v2: {
    subject: 'KV engine',
    arguments: { mount: 'fixed', cas_required: 'guard', max_versions: 'inert' },
    created: 'nothing',
  },
  vault_password_policy: {
    subject: 'password policy',
    arguments: { name: 'fixed', policy: 'fixed' },
    created: 'nothing',
    removed: 'unknown',
  },
  vault_pki_secret_backend_root_cert: { subject: 'CA', arguments: {}, created: 'nothing' },
  vault_pki_secret_backend_role: {
    subject: 'certificates',
    name: 'name',
    arguments: {
      ttl: 'life',
      max_ttl: 'life',
      allowed_domains: 'all-of',
      not_before_duration: 'inert',
      require_cn: 'guard',
      enforce_hostnames: 'guard',
    },
    created: 'nothing',
  },
  vault_quota_rate_limit: {
    subject: 'rate limit',
    arguments: { name: 'inert', path: 'fixed', rate: 'inert', interval: 'inert' },
    created: 'nothing',
  },
  aws_iam_role: {
    subject: 'AWS role',
    name: 'name',
    arguments: { name: 'inert', assume_role_policy: 'policy', max_session_duration: 'life' },
    created: 'by its policies',
  },
  aws_iam_role_policy: {
    subject: 'policy of an AWS role',
    arguments: { name: 'inert', role: 'policy', policy: 'policy' },
    created: 'nothing',
  },
  aws_s3_bucket: { subject: 'bucket', name: 'bucket', arguments: {}, created: 'nothing' },
  aws_s3_bucket_policy: {
    subject: 'bucket policy',
    arguments: { bucket: 'policy', policy: 'policy' },
    created: 'by its policies',
  },
  aws_s3_bucket_public_access_block: {
    subject: 'public access block',
    arguments: {
      bucket: 'fixed',
      block_public_acls: 'guard',
      block_public_policy: 'guard',
      ignore_public_acls: 'guard',
      restrict_public_buckets: 'guard',
    },
    created: 'nothing',
    removed: 'widens',
  },
  aws_s3_bucket_ownership_controls: {
    subject: 'bucket owner',
    arguments: {},
    created: 'nothing',
    removed: 'unknown',
  },
  aws_s3_bucket_versioning: {
    subject: 'versions of a bucket',
    arguments: {},
    created: 'nothing',
    removed: 'unknown',
  },
  aws_s3_bucket_server_side_encryption_configuration: {
    subject: 'encryption of a bucket',
    arguments: {},
    created: 'nothing',
    removed: 'unknown',
  },
  aws_dynamodb_table: {
    subject: 'lock table',
    name: 'name',
    arguments: { point_in_time_recovery: 'inert', billing_mode: 'inert' },
    created: 'nothing',
  },
  aws_rolesanywhere_profile: {
    subject: 'Roles Anywhere profile',
    arguments: {
      name: 'inert',
      enabled: 'fixed',
      duration_seconds: 'life',
      role_arns: 'all-of',
    },
    created: 'widens',
  },
  aws_rolesanywhere_trust_anchor: {
    subject: 'Roles Anywhere trust anchor',
    arguments: { name: 'inert' },
    created: 'widens',
  },
  proxmox_virtual_environment_container: {
    subject: 'container',
    arguments: {
      cpu: 'inert',
      memory: 'fixed',
      disk: 'inert',
      unprivileged: 'guard',
      protection: 'inert',
      start_on_boot: 'inert',
      started: 'inert',
    },
    created: 'nothing',
  },
  proxmox_virtual_environment_firewall_options: {
    subject: 'firewall',
    arguments: { enabled: 'guard', ipfilter: 'guard', macfilter: 'guard' },
    created: 'nothing',
    removed: 'widens',
  },
  proxmox_virtual_environment_firewall_rules: {
    subject: 'firewall',
    arguments: { rule: 'policy' },
    created: 'by its policies',
  },
  proxmox_virtual_environment_pool: {
    subject: 'pool',
    arguments: { comment: 'inert', pool_id: 'inert' },
    created: 'nothing',
  },
  proxmox_download_file: { subject: 'template', arguments: {}, created: 'nothing' },
  // Runs nothing by itself; a provisioner in it is an argument that stands in no row.
  terraform_data: {
    subject: 'order',
    arguments: { input: 'inert', triggers_replace: 'inert' },
    created: 'nothing',
  },
};

export function meaningOf(type: string, argument: string): Meaning {
  const row = types[type];
  if (row === undefined) return 'fixed';
  const own: Readonly<Record<string, Meaning>> = { ...everywhere, ...row.arguments };
  return Object.hasOwn(own, argument) ? (own[argument] ?? 'fixed') : 'fixed';
}
