import type { StackName } from '../../src/model/names.ts';
import { set, type Output } from './example.ts';

/** A change of the example's output, and where its rule has to find something: `address` or `address: part`. */
export type Case = readonly [change: (output: Output) => void, ...found: readonly string[]];

const resource = (stack: StackName) => (path: string, value: unknown) =>
  set(stack, `resource/${path}`, value);
const bao = resource('openbao');
const aws = resource('aws-trust');
const host = resource('host');
const infisical = resource('infisical');
const engines = resource('engines');

const role = 'vault_approle_auth_backend_role/unpoller';
const roleAt = 'vault_approle_auth_backend_role.unpoller';
const approle = (name: string, value: unknown) => bao(`${role}/${name}`, value);
const acl = (text: string) => bao('vault_policy/consumer-unpoller/policy', text);
const aclAt = (path: string) => `vault_policy.consumer-unpoller: ${path}`;
const path = (name: string, capabilities: readonly string[], more = '') =>
  `path "${name}" { capabilities = ${JSON.stringify(capabilities)} ${more} }`;

const document = (...statements: readonly object[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });
const allow = (more: object) => document({ Effect: 'Allow', ...more });
const permissions = (more: object) => aws('aws_iam_role_policy/tf-dns/policy', allow(more));
const trust = (name: string, more: object) =>
  aws(`aws_iam_role/${name}/assume_role_policy`, allow({ Action: 'sts:AssumeRole', ...more }));

const bucket = 'tfstate-dns-111122223333';
const bucketAt = `aws_s3_bucket.${bucket}`;
const container = 'proxmox_virtual_environment_container/openbao';
const containerAt = 'proxmox_virtual_environment_container.openbao';
const session = 'vault_aws_secret_backend_role/tf-dns';
const sessionAt = 'vault_aws_secret_backend_role.tf-dns';
const pki = 'vault_pki_secret_backend_role/enrol-unpoller';
const pkiAt = 'vault_pki_secret_backend_role.enrol-unpoller';
const cert = 'vault_cert_auth_backend_role/unpoller';
const certAt = 'vault_cert_auth_backend_role.unpoller';
const login = 'infisical_identity_universal_auth/network-agent';
const loginAt = 'infisical_identity_universal_auth.network-agent';
const tokens = 'vault_token_auth_backend_role/verifier';
const tokensAt = 'vault_token_auth_backend_role.verifier';
const jwt = {
  role_name: 'operator',
  bound_audiences: ['id'],
  bound_claims: { email: 'a@example.net' },
};

const issuer = {
  ...{ path: 'runs', bound_issuer: 'https://id.example', jwt_supported_algs: ['RS256'] },
  oidc_discovery_url: 'https://id.example',
};
const issuerAt = 'vault_jwt_auth_backend.x';
const run = {
  ...{ role_name: 'x', role_type: 'jwt', bound_audiences: ['a'] },
  bound_subject: 'repo:o/r:environment:plan',
  bound_claims: { repository_id: '1', environment: 'plan' },
};
const runAt = 'vault_jwt_auth_backend_role.x';

/** Of every rule what it has to find; what it has to let pass is the example itself. */
export const cases: Readonly<Record<string, readonly Case[]>> = {
  'acl-administration': [
    [acl(path('sys/policies/acl/x', ['update'])), aclAt('sys/policies/acl/x')],
    [acl(path('auth/token/create', ['update'])), aclAt('auth/token/create')],
    [acl(path('sys/*', ['update'])), aclAt('sys/*')],
    [acl(path('auth/approle/role/unpoller', ['update'])), aclAt('auth/approle/role/unpoller')],
    [acl(path('sys/policies/acl/x', ['read']))],
    [
      bao('vault_policy/verifier/policy', path('auth/token/create/other', ['update'])),
      'vault_policy.verifier: auth/token/create/other',
    ],
    [acl(path('auth/token/create/verifier', ['update'])), aclAt('auth/token/create/verifier')],
  ],
  'acl-secret-id-wrapped': [
    [
      acl(path('auth/approle/role/a/secret-id', ['update'])),
      aclAt('auth/approle/role/a/secret-id'),
    ],
    [
      acl(
        path(
          'auth/approle/role/a/secret-id',
          ['update'],
          'min_wrapping_ttl = "1m" max_wrapping_ttl = "2h" denied_parameters = { "*" = [] }',
        ),
      ),
      aclAt('auth/approle/role/a/secret-id'),
    ],
    [
      acl(
        path(
          'auth/approle/role/a/secret-id',
          ['update'],
          'min_wrapping_ttl = "1m" max_wrapping_ttl = "5m"',
        ),
      ),
      aclAt('auth/approle/role/a/secret-id'),
    ],
    [
      acl(path('auth/approle/role/a/custom-secret-id', ['update'])),
      aclAt('auth/approle/role/a/custom-secret-id'),
    ],
    [acl(path('auth/approle/role/a/secret-id', ['list']))],
  ],
  'acl-session-parameters': [
    [acl(path('aws/sts/tf-dns', ['update'])), aclAt('aws/sts/tf-dns')],
    [
      acl(
        path('aws/sts/tf-dns', ['update'], 'allowed_parameters = { "ttl" = [], "role_arn" = [] }'),
      ),
      aclAt('aws/sts/tf-dns'),
    ],
  ],
  'acl-sudo': [
    [acl(path('sys/auth/approle', ['update', 'sudo'])), aclAt('sys/auth/approle')],
    [
      bao('vault_policy/responder/policy', path('auth/token/accessors', ['list', 'read', 'sudo'])),
      'vault_policy.responder: auth/token/accessors',
    ],
    [
      bao('vault_policy/auditor/policy', path('sys/audit', ['read', 'update', 'sudo'])),
      'vault_policy.auditor: sys/audit',
    ],
  ],
  'acl-unreadable': [
    [acl('path "a" { capabilities = ["reed"] }'), 'vault_policy.consumer-unpoller'],
    [acl('path "kv/{{identity.entity.name}}" {}'), 'vault_policy.consumer-unpoller'],
    [acl('${data.http.policy.body}'), 'vault_policy.consumer-unpoller'],
  ],
  'acl-wildcard': [
    [acl(path('kv/data/*', ['read'])), aclAt('kv/data/*')],
    [acl(path('kv/data/+/tofu', ['read'])), aclAt('kv/data/+/tofu')],
    // What terraform-plan is let have, nobody else is.
    [acl(path('auth/approle/role/+', ['read'])), aclAt('auth/approle/role/+')],
    [
      bao('vault_policy/terraform-plan/policy', path('auth/approle/role/+', ['read', 'update'])),
      'vault_policy.terraform-plan: auth/approle/role/+',
    ],
    [
      bao('vault_policy/terraform-apply/policy', path('kv/metadata/*', ['update'])),
      'vault_policy.terraform-apply: kv/metadata/*',
    ],
    [acl(path('kv/data/*', ['deny']))],
    [
      bao('vault_policy/auditor/policy', path('aws/roles/+', ['read', 'update'])),
      'vault_policy.auditor: aws/roles/+',
    ],
    [
      bao('vault_policy/auditor/policy', path('kv/data/+', ['read'])),
      'vault_policy.auditor: kv/data/+',
    ],
  ],
  'approle-bind-secret-id': [
    [approle('bind_secret_id', false), `${roleAt}: bind_secret_id = false`],
  ],
  'approle-cidr': [
    [approle('secret_id_bound_cidrs', undefined), `${roleAt}: secret_id_bound_cidrs = not set`],
    [approle('token_bound_cidrs', ['0.0.0.0/0']), `${roleAt}: token_bound_cidrs = 0.0.0.0/0`],
    [
      approle('token_bound_cidrs', ['192.0.2.31/32', '::/0']),
      `${roleAt}: token_bound_cidrs = 192.0.2.31/32, ::/0`,
    ],
    [
      approle('token_bound_cidrs', ['${x.y.z}']),
      `${roleAt}: token_bound_cidrs = not known before the apply`,
    ],
  ],
  'approle-secret-id-resource': [
    [
      bao('vault_approle_auth_backend_role_secret_id/x', { role_name: 'x', wrapping_ttl: '60s' }),
      'vault_approle_auth_backend_role_secret_id.x',
    ],
  ],
  'approle-secret-id-ttl': [
    [approle('secret_id_ttl', 0), `${roleAt}: secret_id_ttl = 0`],
    [approle('secret_id_ttl', undefined), `${roleAt}: secret_id_ttl = not set`],
    [approle('secret_id_ttl', 3601), `${roleAt}: secret_id_ttl = 3601`],
    [approle('secret_id_ttl', '${x.y.z}'), `${roleAt}: secret_id_ttl = not known before the apply`],
    [approle('secret_id_ttl', 3600)],
  ],
  'approle-secret-id-uses': [
    [approle('secret_id_num_uses', 0), `${roleAt}: secret_id_num_uses = 0`],
    [approle('secret_id_num_uses', 2), `${roleAt}: secret_id_num_uses = 2`],
    [approle('secret_id_num_uses', undefined), `${roleAt}: secret_id_num_uses = not set`],
    [
      approle('secret_id_num_uses', '${x.y.z}'),
      `${roleAt}: secret_id_num_uses = not known before the apply`,
    ],
  ],
  'aws-account-bound': [
    [set('aws-trust', 'provider/aws/0/allowed_account_ids', []), 'provider.aws'],
  ],
  'aws-attached-policy': [
    [
      aws('aws_iam_role_policy_attachment/x', {
        role: 'tf-dns',
        policy_arn: 'arn:aws:iam::aws:policy/ReadOnlyAccess',
      }),
      'aws_iam_role_policy_attachment.x',
    ],
    [
      aws('aws_iam_role/tf-dns/managed_policy_arns', ['arn:aws:iam::aws:policy/ReadOnlyAccess']),
      'aws_iam_role.tf-dns: managed_policy_arns',
    ],
  ],
  'aws-iam-user': [
    [aws('aws_iam_user/x', { name: 'x' }), 'aws_iam_user.x'],
    [aws('aws_iam_access_key/x', { user: 'x' }), 'aws_iam_access_key.x'],
    [bao(`${session}/credential_type`, 'iam_user'), `${sessionAt}: credential_type = iam_user`],
    [bao(`${session}/credential_type`, undefined), `${sessionAt}: credential_type = not set`],
  ],
  'aws-policy-unreadable': [
    [
      aws('aws_iam_role_policy/tf-dns/policy', '{"Version":"2008-10-17"}'),
      'aws_iam_role_policy.tf-dns: policy',
    ],
    [
      aws('aws_iam_role_policy/tf-dns/policy', '${data.x.y.json}'),
      'aws_iam_role_policy.tf-dns: policy',
    ],
    [
      aws('aws_iam_role/tf-dns/inline_policy', [{ policy: '{}' }]),
      'aws_iam_role.tf-dns: inline_policy',
    ],
  ],
  'aws-role-trust': [
    [trust('tf-dns', { Principal: '*' }), 'aws_iam_role.tf-dns: AWS *'],
    [
      trust('tf-dns', { Principal: { AWS: 'arn:aws:iam::111122223333:root' } }),
      'aws_iam_role.tf-dns: AWS arn:aws:iam::111122223333:root',
    ],
    [
      trust('tf-dns', { Principal: { AWS: 'arn:aws:iam::111122223333:role/openbao-broker2' } }),
      'aws_iam_role.tf-dns: AWS arn:aws:iam::111122223333:role/openbao-broker2',
    ],
    [
      trust('tf-dns', { Principal: { Service: 'ec2.amazonaws.com' } }),
      'aws_iam_role.tf-dns: Service ec2.amazonaws.com',
    ],
    [
      trust('tf-dns', { Principal: { Federated: 'accounts.google.com' } }),
      'aws_iam_role.tf-dns: Federated accounts.google.com',
    ],
  ],
  'aws-roles-anywhere-bound': [
    [
      trust('openbao-broker', { Principal: { Service: 'rolesanywhere.amazonaws.com' } }),
      'aws_iam_role.openbao-broker: aws:sourcearn',
      'aws_iam_role.openbao-broker: aws:principaltag/x509subject/cn',
    ],
    [
      trust('openbao-broker', {
        Principal: { Service: 'rolesanywhere.amazonaws.com' },
        Condition: {
          ArnEquals: {
            'aws:SourceArn': 'arn:aws:rolesanywhere:us-east-2:111122223333:trust-anchor/x',
          },
          StringLike: { 'aws:PrincipalTag/x509Subject/CN': '*' },
        },
      }),
      'aws_iam_role.openbao-broker: aws:principaltag/x509subject/cn',
    ],
  ],
  'aws-session-declared': [
    [bao(`${session}/max_sts_ttl`, 7200), `${sessionAt}: max_sts_ttl = 7200`],
    // Declared are 30 minutes.
    [
      bao('vault_aws_secret_backend_role/tf-proxmox-plan/max_sts_ttl', 1801),
      'vault_aws_secret_backend_role.tf-proxmox-plan: max_sts_ttl = 1801',
    ],
    [bao(`${session}/default_sts_ttl`, undefined), `${sessionAt}: default_sts_ttl = not set`],
    [bao(`${session}/name`, 'by-hand'), sessionAt],
  ],
  'aws-session-hour': [
    [
      aws('aws_iam_role/tf-dns/max_session_duration', 43200),
      'aws_iam_role.tf-dns: max_session_duration = 43200',
    ],
    [
      aws('aws_rolesanywhere_profile/openbao-broker/duration_seconds', 3601),
      'aws_rolesanywhere_profile.openbao-broker: duration_seconds = 3601',
    ],
    [
      aws('aws_iam_role/tf-dns/max_session_duration', '${x.y.z}'),
      'aws_iam_role.tf-dns: max_session_duration = not known before the apply',
    ],
  ],
  'aws-session-policy': [
    [bao(`${session}/policy_document`, undefined), sessionAt],
    [
      bao(`${session}/policy_arns`, ['arn:aws:iam::aws:policy/ReadOnlyAccess']),
      `${sessionAt}: policy_arns`,
    ],
  ],
  'aws-static-broker-key': [
    [
      trust('openbao-broker', { Principal: { AWS: 'arn:aws:iam::111122223333:role/key' } }),
      'aws_iam_role.openbao-broker: arn:aws:iam::111122223333:role/key',
    ],
    [
      bao('vault_aws_secret_backend/aws/access_key', 'x'),
      'vault_aws_secret_backend.aws: access_key',
    ],
  ],
  'aws-wildcard-action': [
    [
      permissions({ Action: 's3:*', Resource: 'arn:aws:s3:::b/k' }),
      'aws_iam_role_policy.tf-dns: s3:*',
    ],
    [
      permissions({ Action: ['s3:GetObject', 's3:Put*'], Resource: 'arn:aws:s3:::b/k' }),
      'aws_iam_role_policy.tf-dns: s3:put*',
    ],
    [
      permissions({ NotAction: 'iam:PassRole', Resource: 'arn:aws:s3:::b/k' }),
      'aws_iam_role_policy.tf-dns: all but iam:passrole',
    ],
    [
      aws(
        'aws_iam_role_policy/tf-dns/policy',
        document({ Effect: 'Deny', Action: 's3:*', Resource: '*' }),
      ),
    ],
  ],
  'aws-wildcard-resource': [
    [permissions({ Action: 's3:GetObject', Resource: '*' }), 'aws_iam_role_policy.tf-dns: *'],
    [
      permissions({ Action: 's3:GetObject', Resource: ['arn:aws:s3:::b/k', 'arn:aws:s3:::b/*'] }),
      'aws_iam_role_policy.tf-dns: arn:aws:s3:::b/*',
    ],
    [
      permissions({ Action: 's3:GetObject', NotResource: 'arn:aws:s3:::b/k' }),
      'aws_iam_role_policy.tf-dns: all but arn:aws:s3:::b/k',
    ],
    [
      bao(
        `${session}/policy_document`,
        allow({ Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/?' }),
      ),
      `${sessionAt}: arn:aws:s3:::b/?`,
    ],
  ],
  'backend-secure': [
    [
      set('openbao', 'terraform/backend', { s3: { bucket: 'b', key: 'k', use_lockfile: true } }),
      'backend.s3: encrypt',
    ],
    [set('openbao', 'terraform/backend', { s3: { encrypt: true } }), 'backend.s3: use_lockfile'],
    [
      set('openbao', 'terraform/backend', {
        s3: { encrypt: true, use_lockfile: true, endpoints: { s3: 'http://198.51.100.1' } },
      }),
      'backend.s3: endpoint',
    ],
    [
      set('openbao', 'terraform/backend', { http: { address: 'https://example.net' } }),
      'backend.http',
    ],
    [set('openbao', 'terraform/cloud', {}), 'backend.cloud'],
    [set('openbao', 'terraform/backend', { s3: { encrypt: true, use_lockfile: true } })],
  ],
  'certificate-login-names': [
    [bao(`${cert}/allowed_common_names`, undefined), certAt],
    [bao(`${cert}/allowed_common_names`, ['unp*']), `${certAt}: allowed_common_names`],
    [bao(`${cert}/certificate`, '${data.x.y.z}'), `${certAt}: certificate`],
  ],
  'container-firewall': [
    [
      host(`${container}/network_interface/0/firewall`, false),
      `${containerAt}: network_interface.firewall`,
    ],
    [
      host('proxmox_virtual_environment_firewall_options/openbao/enabled', false),
      `${containerAt}: firewall_options`,
    ],
    [
      host('proxmox_virtual_environment_firewall_options/openbao/input_policy', 'ACCEPT'),
      `${containerAt}: firewall_options`,
    ],
    [
      host('proxmox_virtual_environment_firewall_options/openbao/container_id', 121),
      `${containerAt}: firewall_options`,
    ],
    [host('proxmox_virtual_environment_firewall_rules', {}), `${containerAt}: firewall_rules`],
  ],
  'container-firewall-source': [
    [
      host('proxmox_virtual_environment_firewall_rules/openbao/rule/0/source', undefined),
      'proxmox_virtual_environment_firewall_rules.openbao: source = not set, dport = 8200',
    ],
    [
      host(
        'proxmox_virtual_environment_firewall_rules/openbao/rule/0/source',
        '192.0.2.1/32,0.0.0.0/0',
      ),
      'proxmox_virtual_environment_firewall_rules.openbao: source = 192.0.2.1/32,0.0.0.0/0, dport = 8200',
    ],
  ],
  'container-host-access': [
    [host(`${container}/features/keyctl`, true), `${containerAt}: features.keyctl`],
    [
      host(`${container}/mount_point`, [{ volume: '/etc', path: '/mnt' }]),
      `${containerAt}: mount_point.volume`,
    ],
    [
      host(`${container}/device_passthrough`, [{ path: '/dev/tpm0' }]),
      `${containerAt}: device_passthrough`,
    ],
    [host(`${container}/mount_point`, [{ volume: 'local-lvm', path: '/mnt' }])],
  ],
  'container-started-walled': [
    [host(`${container}/started`, true), `${containerAt}: started = true`],
    [host(`${container}/started`, undefined), `${containerAt}: started = not set`],
  ],
  'container-swap': [
    [host(`${container}/memory/swap`, 512), `${containerAt}: memory.swap`],
    [host(`${container}/memory`, undefined), `${containerAt}: memory.swap`],
  ],
  'container-unprivileged': [
    [host(`${container}/unprivileged`, false), `${containerAt}: unprivileged = false`],
    [host(`${container}/unprivileged`, undefined), `${containerAt}: unprivileged = not set`],
    [
      host(`${container}/unprivileged`, '${x.y.z}'),
      `${containerAt}: unprivileged = not known before the apply`,
    ],
  ],
  'engine-lease': [
    [
      bao('vault_aws_secret_backend/aws/max_lease_ttl_seconds', 0),
      'vault_aws_secret_backend.aws: max_lease_ttl_seconds = 0',
    ],
    [
      bao('vault_aws_secret_backend/aws/default_lease_ttl_seconds', 3601),
      'vault_aws_secret_backend.aws: default_lease_ttl_seconds = 3601',
    ],
  ],
  'identity-policies': [
    [
      bao('vault_identity_entity/unpoller/policies', ['consumer-unpoller']),
      'vault_identity_entity.unpoller: policies',
    ],
  ],
  'infisical-access-token': [
    [infisical(`${login}/access_token_ttl`, undefined), `${loginAt}: access_token_ttl = not set`],
    [
      infisical(`${login}/access_token_max_ttl`, 2592000),
      `${loginAt}: access_token_max_ttl = 2592000`,
    ],
    [
      infisical(`${login}/access_token_num_uses_limit`, 0),
      `${loginAt}: access_token_num_uses_limit = 0`,
    ],
    [
      infisical(`${login}/access_token_num_uses_limit`, '${x.y.z}'),
      `${loginAt}: access_token_num_uses_limit = not known before the apply`,
    ],
  ],
  'infisical-client-secret-resource': [
    [
      infisical('infisical_identity_universal_auth_client_secret/x', { identity_id: 'x' }),
      'infisical_identity_universal_auth_client_secret.x',
    ],
  ],
  'infisical-oidc-bound': [
    [
      infisical('infisical_identity_oidc_auth/github-homelab/bound_subject', 'repo:example-org/*'),
      'infisical_identity_oidc_auth.github-homelab: bound_subject = repo:example-org/*',
    ],
    [
      infisical('infisical_identity_oidc_auth/github-homelab/bound_audiences', []),
      'infisical_identity_oidc_auth.github-homelab: bound_audiences',
    ],
    [
      infisical('infisical_identity_oidc_auth/github-homelab/bound_issuer', 'http://example.net'),
      'infisical_identity_oidc_auth.github-homelab: bound_issuer = http://example.net',
    ],
  ],
  'infisical-privilege': [
    [
      infisical(
        'infisical_project_identity_specific_privilege/network-agent/permissions_v2/0/conditions',
        undefined,
      ),
      'infisical_project_identity_specific_privilege.network-agent: permissions_v2',
    ],
    [
      infisical(
        'infisical_project_identity_specific_privilege/network-agent/permissions_v2/0/conditions',
        '{"environment":{"$eq":"prod"},"secretPath":{"$glob":"/**"}}',
      ),
      'infisical_project_identity_specific_privilege.network-agent: permissions_v2',
    ],
    [
      infisical(
        'infisical_project_identity_specific_privilege/network-agent/permissions_v2/0/action',
        ['edit'],
      ),
      'infisical_project_identity_specific_privilege.network-agent: permissions_v2',
    ],
    [
      infisical('infisical_project_identity_specific_privilege/network-agent/permissions_v2', []),
      'infisical_project_identity_specific_privilege.network-agent',
    ],
  ],
  'infisical-role': [
    [
      infisical('infisical_identity/network-agent/role', 'member'),
      'infisical_identity.network-agent: role = member',
    ],
    [
      infisical('infisical_project_identity/network-agent/roles', [{ role_slug: 'viewer' }]),
      'infisical_project_identity.network-agent: roles',
    ],
  ],
  'infisical-sync-deletes': [
    [
      infisical('infisical_secret_sync_github/homelab/sync_options/key_schema', undefined),
      'infisical_secret_sync_github.homelab: sync_options',
    ],
    [
      infisical('infisical_secret_sync_github/homelab/sync_options/key_schema', '{{secretKey}}'),
      'infisical_secret_sync_github.homelab: sync_options',
    ],
    [
      infisical('infisical_secret_sync_github/homelab/sync_options', {
        disable_secret_deletion: true,
      }),
    ],
  ],
  'infisical-trusted-ips': [
    [
      infisical(`${login}/client_secret_trusted_ips`, undefined),
      `${loginAt}: client_secret_trusted_ips`,
    ],
    [
      infisical(`${login}/access_token_trusted_ips`, [{ ip_address: '0.0.0.0/0' }]),
      `${loginAt}: access_token_trusted_ips`,
    ],
  ],
  'jwt-issuer-bound': [
    [bao('vault_jwt_auth_backend/x', issuer)],
    [
      bao('vault_jwt_auth_backend/x', { ...issuer, bound_issuer: undefined }),
      `${issuerAt}: bound_issuer`,
    ],
    [
      bao('vault_jwt_auth_backend/x', { ...issuer, bound_issuer: '${x.y.z}' }),
      `${issuerAt}: bound_issuer`,
    ],
    [
      bao('vault_jwt_auth_backend/x', { ...issuer, jwt_supported_algs: undefined }),
      `${issuerAt}: jwt_supported_algs`,
    ],
    [
      bao('vault_jwt_auth_backend/x', { ...issuer, jwt_supported_algs: ['RS256', 'HS256'] }),
      `${issuerAt}: jwt_supported_algs`,
    ],
    [
      bao('vault_jwt_auth_backend/x', { ...issuer, oidc_discovery_url: 'http://id.example' }),
      `${issuerAt}: oidc_discovery_url`,
    ],
    [bao('vault_jwt_auth_backend/x', { ...issuer, jwks_url: '${x.y.z}' }), `${issuerAt}: jwks_url`],
  ],
  'jwt-run-bound': [
    [bao('vault_jwt_auth_backend_role/x', run)],
    [bao('vault_jwt_auth_backend_role/x', { ...jwt, role_type: 'oidc' })],
    [
      bao('vault_jwt_auth_backend_role/x', { ...run, bound_claims: undefined }),
      `${runAt}: which run`,
      `${runAt}: whose run`,
    ],
    [
      // Chosen by whoever writes a workflow, in a repository of their own.
      bao('vault_jwt_auth_backend_role/x', { ...run, bound_claims: { environment: 'plan' } }),
      `${runAt}: whose run`,
    ],
    [
      bao('vault_jwt_auth_backend_role/x', { ...run, bound_claims: { repository_id: '1' } }),
      `${runAt}: which run`,
    ],
    [
      bao('vault_jwt_auth_backend_role/x', {
        ...run,
        bound_claims: { repository: 'o/r', actor: 'a', workflow: 'plan' },
      }),
      `${runAt}: which run`,
      `${runAt}: whose run`,
    ],
    [
      bao('vault_jwt_auth_backend_role/x', { ...run, bound_subject: undefined }),
      `${runAt}: bound_subject`,
    ],
  ],
  'jwt-login-bound': [
    [bao('vault_jwt_auth_backend_role/x', jwt)],
    [
      bao('vault_jwt_auth_backend_role/x', { ...jwt, bound_audiences: [] }),
      'vault_jwt_auth_backend_role.x: bound_audiences',
    ],
    [
      bao('vault_jwt_auth_backend_role/x', { ...jwt, bound_claims: { email: '*@example.net' } }),
      'vault_jwt_auth_backend_role.x: bound_claims',
    ],
    [
      bao('vault_jwt_auth_backend_role/x', { ...jwt, bound_claims: undefined }),
      'vault_jwt_auth_backend_role.x: bound_claims',
    ],
  ],
  'kv-check-and-set': [
    [bao('vault_kv_secret_backend_v2/kv/cas_required', false), 'vault_mount.kv'],
    [bao('vault_mount/kv/type', 'kv'), 'vault_mount.kv'],
    [bao('vault_mount/more', { path: 'more', type: 'kv-v2' }), 'vault_mount.more'],
  ],
  'kv-rotation': [
    [
      bao(
        'vault_generic_endpoint/metadata-unifi_exporter/data_json',
        '{"custom_metadata":{"owner":"a","rung":"2"}}',
      ),
      'vault_generic_endpoint.metadata-unifi_exporter: rotate_every_seconds',
    ],
    [
      bao(
        'vault_generic_endpoint/metadata-unifi_exporter/data_json',
        '{"custom_metadata":{"rotate_every_seconds":"86400"}}',
      ),
      'vault_generic_endpoint.metadata-unifi_exporter: owner',
    ],
    [acl(path('kv/data/other', ['read'])), aclAt('kv/other')],
  ],
  'lock-table-recovery': [
    [
      aws('aws_dynamodb_table/terraform-proxmox-locks-useast2/point_in_time_recovery', undefined),
      'aws_dynamodb_table.terraform-proxmox-locks-useast2',
    ],
  ],
  'login-cidr': [
    [bao(`${cert}/token_bound_cidrs`, undefined), `${certAt}: token_bound_cidrs = not set`],
    [bao(`${cert}/token_bound_cidrs`, ['::/0']), `${certAt}: token_bound_cidrs = ::/0`],
  ],
  'login-method-bounds': [
    [
      bao('vault_auth_backend/approle/tune', undefined),
      'vault_auth_backend.approle: default_lease_ttl',
      'vault_auth_backend.approle: max_lease_ttl',
    ],
    [
      bao('vault_auth_backend/approle/tune/0/max_lease_ttl', '768h'),
      'vault_auth_backend.approle: max_lease_ttl',
    ],
    [
      bao('vault_auth_backend/approle/tune/0/listing_visibility', 'unauth'),
      'vault_auth_backend.approle: listing_visibility',
    ],
    [
      bao('vault_jwt_auth_backend/x', issuer),
      `${issuerAt}: default_lease_ttl`,
      `${issuerAt}: max_lease_ttl`,
    ],
  ],
  'login-rate-limit': [
    [
      bao('vault_quota_rate_limit', {}),
      'vault_auth_backend.approle',
      'vault_auth_backend.cert',
      'vault_auth_backend.operator',
    ],
    [bao('vault_quota_rate_limit/requests', undefined), 'vault_auth_backend.operator'],
    [
      (output) => {
        bao('vault_quota_rate_limit/requests', undefined)(output);
        bao('vault_jwt_auth_backend/x', issuer)(output);
      },
      'vault_auth_backend.operator',
      issuerAt,
    ],
  ],
  'pki-key-inside': [
    [
      bao('vault_pki_secret_backend_root_cert/pki/type', 'exported'),
      'vault_pki_secret_backend_root_cert.pki: type = exported',
    ],
    [
      bao('vault_pki_secret_backend_root_cert/pki/max_path_length', undefined),
      'vault_pki_secret_backend_root_cert.pki: max_path_length',
    ],
  ],
  'pki-role-life': [
    [bao(`${pki}/max_ttl`, undefined), `${pkiAt}: max_ttl = not set`],
    [bao(`${pki}/ttl`, '7776001'), `${pkiAt}: ttl = 7776001`],
  ],
  'pki-role-names': [
    [bao(`${pki}/allow_any_name`, true), `${pkiAt}: allow_any_name = true`],
    [
      bao(`${pki}/allow_wildcard_certificates`, undefined),
      `${pkiAt}: allow_wildcard_certificates = not set`,
    ],
    [bao(`${pki}/allowed_domains`, ['*.example.net']), `${pkiAt}: allowed_domains`],
    [bao(`${pki}/enforce_hostnames`, false), `${pkiAt}: enforce_hostnames = false`],
    [bao(`${pki}/use_csr_sans`, undefined), `${pkiAt}: use_csr_sans = not set`],
  ],
  'pki-role-use': [
    [bao(`${pki}/server_flag`, undefined), `${pkiAt}: server_flag = not set`],
    [
      bao(`${pki}/ext_key_usage`, ['ClientAuth', 'ServerAuth']),
      `${pkiAt}: ext_key_usage = ClientAuth, ServerAuth`,
    ],
    // For servers in the CA of the consumers, and for more than servers in that of the services.
    [bao(`${pki}/ext_key_usage`, ['ServerAuth']), `${pkiAt}: ext_key_usage = ServerAuth`],
    [
      engines('vault_pki_secret_backend_role/metrics/client_flag', true),
      'vault_pki_secret_backend_role.metrics: server_flag = true',
      'vault_pki_secret_backend_role.metrics: ext_key_usage = ServerAuth',
    ],
  ],
  'provider-pinned': [
    [
      set('openbao', 'terraform/required_providers/vault/version', '~> 5.6'),
      'provider.vault: version = ~> 5.6',
    ],
    [set('openbao', 'terraform/required_providers', undefined), 'provider.vault: version = none'],
    [bao('random_pet/x', {}), 'provider.random: version = none'],
  ],
  'raft-one-node': [
    [
      (output) => {
        for (const name of ['b', 'c'])
          host(`proxmox_virtual_environment_container/${name}`, { node_name: 'pve1' })(output);
      },
      containerAt,
    ],
  ],
  'root-policy': [
    [approle('token_policies', ['root']), `${roleAt}: token_policies = root`],
    [approle('token_policies', ['${x.y.z}']), `${roleAt}: token_policies`],
    [
      bao('vault_policy/consumer-unpoller/name', 'root'),
      'vault_policy.consumer-unpoller',
      `${roleAt}: token_policies = root`,
      `${certAt}: token_policies = root`,
    ],
  ],
  'secret-from-data': [
    [
      set('openbao', 'data/vault_kv_secret_v2/x', { mount: 'kv', name: 'a' }),
      'data.vault_kv_secret_v2.x: data',
      'data.vault_kv_secret_v2.x: data_json',
    ],
    [
      set('openbao', 'data/terraform_remote_state/x', { backend: 'local' }),
      'data.terraform_remote_state.x',
    ],
    [set('openbao', 'ephemeral/vault_kv_secret_v2/x', { mount: 'kv', name: 'a' })],
  ],
  'secret-from-resource': [
    [
      bao('vault_pki_secret_backend_cert/x', { common_name: 'a' }),
      'vault_pki_secret_backend_cert.x: private_key',
    ],
    [
      engines('vault_ssh_secret_backend_ca/ssh/generate_signing_key', false),
      'vault_ssh_secret_backend_ca.ssh: private_key',
    ],
  ],
  'secret-in-backend': [
    [set('openbao', 'terraform/backend', { s3: { access_key: 'x' } }), 'backend.s3: access_key'],
    [
      set('openbao', 'terraform/backend', { pg: { assume: { token: 'x' } } }),
      'backend.pg: assume.token',
    ],
  ],
  'secret-in-locals': [
    [set('openbao', 'locals/admin_password', 'x'), 'locals.admin_password: its name'],
    [
      set('openbao', 'locals/x', ['${data.vault_kv_secret_v2.a.data}']),
      'locals.x: data.vault_kv_secret_v2.a.data',
    ],
    [set('openbao', 'locals/region', 'us-east-2')],
  ],
  'secret-in-output': [
    [set('openbao', 'output/x', { value: '1', sensitive: true }), 'output.x: sensitive'],
    [
      set('openbao', 'output/x', { value: { a: '${upper(vault_kv_secret_v2.a.data_json)}' } }),
      'output.x: vault_kv_secret_v2.a.data_json',
    ],
    [
      set('openbao', 'output/x', { value: '${ephemeral.vault_kv_secret_v2.a.data}' }),
      'output.x: ephemeral.vault_kv_secret_v2.a.data',
    ],
    [set('openbao', 'output/x', { value: '${vault_mount.kv.path}' })],
  ],
  'secret-in-provider': [
    [set('openbao', 'provider/vault/0/token', 'x'), 'provider.vault: token'],
    [
      set('infisical', 'provider/infisical/0/auth/universal/client_id', 'x'),
      'provider.infisical: auth.universal.client_id',
    ],
    [set('aws-trust', 'provider/aws/0/secret_key', 'x'), 'provider.aws: secret_key'],
    [set('host', 'provider/proxmox/0/api_token', 'x'), 'provider.proxmox: api_token'],
  ],
  'secret-in-state': [
    [
      host(`${container}/initialization/user_account/password`, 'x'),
      `${containerAt}: initialization.user_account.password`,
    ],
    [
      host(`${container}/environment_variables`, { A: 'b' }),
      `${containerAt}: environment_variables`,
    ],
    [bao('vault_kv_secret_v2/x', { data_json: '{}' }), 'vault_kv_secret_v2.x: data_json'],
    [bao('vault_kv_secret_v2/x', { data_json_wo: '{}', data_json_wo_version: 1 })],
    [
      bao('vault_generic_endpoint/metadata-unifi_exporter/path', 'kv/data/unifi/exporter'),
      'vault_generic_endpoint.metadata-unifi_exporter: data_json',
    ],
    [
      bao(
        'vault_generic_endpoint/metadata-unifi_exporter/data_json',
        '{"custom_metadata":{},"data":{}}',
      ),
      'vault_generic_endpoint.metadata-unifi_exporter: data_json',
    ],
    [
      bao('vault_generic_endpoint/tidy-pki/data_json', '{"password":"x"}'),
      'vault_generic_endpoint.tidy-pki: data_json',
    ],
  ],
  'secret-in-variable': [
    [set('openbao', 'variable/x', { sensitive: true }), 'variable.x'],
    [set('openbao', 'variable/db_password', { type: 'string' }), 'variable.db_password'],
    [
      set('openbao', 'variable/x', { sensitive: true, ephemeral: true, default: 'a' }),
      'variable.x',
    ],
    [set('openbao', 'variable/x', { sensitive: true, ephemeral: true })],
    [set('openbao', 'variable/region', { type: 'string' })],
  ],
  'secret-literal': [
    [bao(`${session}/name`, `AKIA${'A1'.repeat(8)}`), `${sessionAt}: name`],
    [set('openbao', 'locals/x', `hvs.${'aB3'.repeat(10)}`), 'locals: locals.x'],
    [
      set('host', 'provider/proxmox/0/endpoint', 'https://root:geheim@192.0.2.10:8006/'),
      'provider: provider.proxmox.endpoint',
    ],
  ],
  'state-bucket-acl': [
    [
      aws(`aws_s3_bucket_ownership_controls/${bucket}/rule/object_ownership`, 'ObjectWriter'),
      bucketAt,
    ],
    [aws(`aws_s3_bucket/${bucket}/acl`, 'private'), bucketAt],
    [aws('aws_s3_bucket_acl/x', { bucket }), 'aws_s3_bucket_acl.x'],
  ],
  'state-bucket-closed': [
    [aws(`aws_s3_bucket_public_access_block/${bucket}/restrict_public_buckets`, false), bucketAt],
    [aws(`aws_s3_bucket_public_access_block/${bucket}`, undefined), bucketAt],
  ],
  'state-bucket-encrypted': [
    [aws(`aws_s3_bucket_server_side_encryption_configuration/${bucket}`, undefined), bucketAt],
    [aws(`aws_s3_bucket_server_side_encryption_configuration/${bucket}/rule`, []), bucketAt],
  ],
  'state-bucket-kept': [
    [aws(`aws_s3_bucket/${bucket}/force_destroy`, true), `${bucketAt}: force_destroy = true`],
  ],
  'state-bucket-policy-denies': [
    [
      aws(
        `aws_s3_bucket_policy/${bucket}/policy`,
        allow({ Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/k' }),
      ),
      `aws_s3_bucket_policy.${bucket}: allows s3:getobject`,
    ],
  ],
  'state-bucket-tls': [
    [aws(`aws_s3_bucket_policy/${bucket}`, undefined), bucketAt],
    [
      aws(
        `aws_s3_bucket_policy/${bucket}/policy`,
        document({
          Effect: 'Deny',
          Principal: '*',
          Action: 's3:*',
          Resource: `arn:aws:s3:::${bucket}/*`,
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        }),
      ),
      bucketAt,
    ],
  ],
  'state-bucket-versioned': [
    [
      aws(`aws_s3_bucket_versioning/${bucket}/versioning_configuration/status`, 'Suspended'),
      bucketAt,
    ],
    [aws(`aws_s3_bucket_versioning/${bucket}/bucket`, '${x.y.z}'), bucketAt],
  ],
  'template-checksum': [
    [
      host('proxmox_download_file/template-pve1/checksum', undefined),
      'proxmox_download_file.template-pve1: checksum = not set',
    ],
    [
      host('proxmox_download_file/template-pve1/checksum_algorithm', 'md5'),
      'proxmox_download_file.template-pve1: checksum_algorithm = md5',
    ],
  ],
  'tls-verified': [
    [set('openbao', 'provider/vault/0/skip_tls_verify', true), 'provider.vault: skip_tls_verify'],
    [
      set('openbao', 'provider/vault/0/skip_tls_verify', undefined),
      'provider.vault: skip_tls_verify',
    ],
    [
      set('openbao', 'provider/vault/0/address', 'http://192.0.2.20:8200'),
      'provider.vault: address',
    ],
    [set('host', 'provider/proxmox/0/insecure', true), 'provider.proxmox: insecure'],
    [set('aws-trust', 'provider/aws/0/endpoints', [{ sts: 'http://127.0.0.1:4566' }])],
  ],
  'token-default-policy': [
    [approle('token_no_default_policy', undefined), `${roleAt}: token_no_default_policy = not set`],
    [bao(`${cert}/token_no_default_policy`, false), `${certAt}: token_no_default_policy = false`],
    [approle('token_policies', ['default']), `${roleAt}: token_policies = default`],
  ],
  'token-life': [
    [approle('token_ttl', 0), `${roleAt}: token_ttl = 0`],
    [approle('token_max_ttl', undefined), `${roleAt}: token_max_ttl = not set`],
    // Declared are 30 minutes.
    [
      bao('vault_approle_auth_backend_role/network-agent/token_max_ttl', 1801),
      'vault_approle_auth_backend_role.network-agent: token_max_ttl = 1801',
    ],
    [bao(`${cert}/token_ttl`, '${x.y.z}'), `${certAt}: token_ttl = not known before the apply`],
  ],
  'token-periodic': [
    [approle('token_period', 3600), `${roleAt}: token_period = 3600`],
    [approle('token_period', 0)],
  ],
  'token-resource': [[bao('vault_token/x', { policies: ['a'] }), 'vault_token.x']],
  'token-revocable': [[approle('token_type', 'batch'), `${roleAt}: token_type = batch`]],
  'token-role': [
    [bao(`${tokens}/allowed_policies`, undefined), `${tokensAt}: allowed_policies = not set`],
    [
      bao(`${tokens}/allowed_policies`, ['consumer-unpoller', 'terraform-apply']),
      `${tokensAt}: allowed_policies = consumer-unpoller, terraform-apply`,
    ],
    [
      bao(`${tokens}/allowed_policies_glob`, ['consumer-*']),
      `${tokensAt}: allowed_policies_glob = consumer-*`,
    ],
    [bao(`${tokens}/orphan`, true), `${tokensAt}: orphan = true`],
    [bao(`${tokens}/renewable`, undefined), `${tokensAt}: renewable = not set`],
  ],
  'unknown-block': [
    [set('openbao', 'module/x', { source: 'x' }), 'module'],
    [set('openbao', 'check/x', {}), 'check'],
  ],
  'unknown-type': [
    [bao('random_password/x', {}), 'random_password.x'],
    [set('openbao', 'data/aws_caller_identity/x', {}), 'data.aws_caller_identity.x'],
  ],
};

/** Rules that the example itself breaks, on purpose: a case that passes, beside those that do not. */
export const brokenByExample: Readonly<
  Record<string, { readonly passes: Case[0]; readonly found: readonly string[] }>
> = {
  'kv-shared-account': {
    passes: bao('vault_policy/consumer-workstation', undefined),
    found: [
      'vault_generic_endpoint.metadata-unifi_tofu: consumer-network-agent, consumer-workstation',
    ],
  },
  'template-plain-http': {
    passes: host('proxmox_download_file/template-pve1/url', 'https://example.net/debian.tar.zst'),
    found: ['proxmox_download_file.template-pve1: url'],
  },
};
