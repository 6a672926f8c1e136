/**
 * One resource of each type that the stand-in serves, with the arguments that the `openbao` stack uses,
 * and a second version that changes each in place. `$${` and quotes test what text goes through.
 */
export function everything(version: 1 | 2): string {
  const second = version === 2;
  return `
resource "vault_policy" "consumer" {
  name   = "consumer-a"
  policy = <<-EOT
    # ${second ? 'second' : 'first'} "quoted" $\${not.a.reference} é ☃
    path "kv/data/a" { capabilities = ["read"] }
  EOT
}
resource "vault_password_policy" "operator" {
  name   = "operator"
  policy = <<-EOT
    length = ${second ? '30' : '24'}
    rule "charset" {
      charset = "abcdefghijklmnopqrstuvwxyz<>&"
      min-chars = 1
    }
  EOT
}
resource "vault_mount" "kv" {
  path        = "kv"
  type        = "kv-v2"
  description = "Static secrets${second ? ', changed' : ''}"
}
resource "vault_kv_secret_backend_v2" "kv" {
  mount        = vault_mount.kv.path
  cas_required = false
  max_versions = ${second ? '7' : '5'}
}
resource "vault_mount" "transit" {
  path                      = "transit"
  type                      = "transit"
  default_lease_ttl_seconds = ${second ? '1200' : '600'}
  max_lease_ttl_seconds     = 3600
}
resource "vault_generic_endpoint" "metadata" {
  path                 = "kv/metadata/unifi/tofu"
  data_json            = jsonencode({ custom_metadata = { owner = "<ops> & co", rung = "${String(version)}" } })
  ignore_absent_fields = true
  disable_delete       = true
  depends_on           = [vault_kv_secret_backend_v2.kv]
}
resource "vault_kv_secret_v2" "written" {
  mount                = vault_mount.kv.path
  name                 = "apps/written"
  data_json_wo         = jsonencode({ password = "canary-write-only" })
  data_json_wo_version = ${String(version)}
  depends_on           = [vault_kv_secret_backend_v2.kv]
}
resource "vault_mount" "ssh" {
  path = "ssh"
  type = "ssh"
}
resource "vault_ssh_secret_backend_ca" "ssh" {
  backend              = vault_mount.ssh.path
  generate_signing_key = true
  key_type             = "ed25519"
}
resource "vault_ssh_secret_backend_role" "deploy" {
  backend                  = vault_mount.ssh.path
  name                     = "deploy_agent"
  key_type                 = "ca"
  allow_user_certificates  = true
  default_user             = "deploy${second ? ',ansible' : ''}"
  allowed_users            = "deploy${second ? ',ansible' : ''}"
  allowed_extensions       = "permit-pty"
  allowed_critical_options = "source-address"
  default_extensions       = { permit-pty = "" }
  default_critical_options = { source-address = "192.0.2.10/32" }
  key_id_format            = "agent-{{public_key_hash}}"
  ttl                      = "${second ? '600' : '300'}"
  max_ttl                  = "600"
  not_before_duration      = "30"
  allowed_user_key_config {
    type    = "ed25519"
    lengths = [0]
  }
  depends_on = [vault_ssh_secret_backend_ca.ssh]
}
resource "vault_mount" "database" {
  path = "database"
  type = "database"
}
resource "vault_database_secret_backend_role" "reader" {
  backend               = vault_mount.database.path
  name                  = "inventory_reader"
  db_name               = "inventory"
  creation_statements   = ["CREATE ROLE \\"{{name}}\\" LOGIN PASSWORD '{{password}}'"]
  revocation_statements = ["DROP ROLE IF EXISTS \\"{{name}}\\""]
  default_ttl           = ${second ? '600' : '300'}
  max_ttl               = 900
}
resource "vault_auth_backend" "approle" {
  type        = "approle"
  path        = "approle"
  description = "Machines${second ? ', changed' : ''}"
  tune {
    default_lease_ttl = "15m"
    max_lease_ttl     = "${second ? '2h' : '1h'}"
    token_type        = "default-service"
  }
}
resource "vault_approle_auth_backend_role" "consumer" {
  backend                 = vault_auth_backend.approle.path
  role_name               = "consumer-a"
  bind_secret_id          = true
  secret_id_num_uses      = 1
  secret_id_ttl           = ${second ? '600' : '300'}
  secret_id_bound_cidrs   = ["192.0.2.10/32"]
  token_bound_cidrs       = ["192.0.2.10/32"${second ? ', "198.51.100.0/24"' : ''}]
  token_policies          = [vault_policy.consumer.name]
  token_no_default_policy = true
  token_ttl               = 900
  token_max_ttl           = 1800
  token_type              = "service"
}
resource "vault_identity_entity" "consumer" {
  name              = "consumer-a${second ? '-renamed' : ''}"
  external_policies = false
  metadata          = { kind = "lxc" }
}
resource "vault_identity_oidc_key" "proofs" {
  name               = "proofs"
  algorithm          = "ES256"
  rotation_period    = ${second ? '3600' : '86400'}
  verification_ttl   = ${second ? '3600' : '86400'}
  allowed_client_ids = ["proofs"]
}
resource "vault_identity_oidc_role" "proofs" {
  name      = "proofs"
  key       = vault_identity_oidc_key.proofs.name
  client_id = "proofs"
  ttl       = ${second ? '120' : '60'}
  template  = "{\\"name\\": {{identity.entity.name}}}"
}
resource "vault_identity_entity_alias" "consumer" {
  name           = vault_approle_auth_backend_role.consumer.role_id
  mount_accessor = vault_auth_backend.approle.accessor
  canonical_id   = vault_identity_entity.consumer.id
}
resource "vault_auth_backend" "operator" {
  type = "oidc"
  path = "operator"
  tune {
    default_lease_ttl = "1h"
    max_lease_ttl     = "1h"
    token_type        = "default-service"
  }
}
resource "vault_jwt_auth_backend_role" "operator" {
  backend                 = vault_auth_backend.operator.path
  role_name               = "operator"
  role_type               = "oidc"
  user_claim              = "email"
  bound_audiences         = ["client"]
  bound_claims            = { email = "a@example.net,b@example.net" }
  allowed_redirect_uris   = ["http://localhost:8250/oidc/callback"]
  oidc_scopes             = ["email"]
  token_policies          = ["operator"]
  token_no_default_policy = true
  token_bound_cidrs       = ["192.0.2.0/24"]
  token_ttl               = ${second ? '1800' : '3600'}
  token_max_ttl           = 3600
}
resource "vault_jwt_auth_backend" "ci" {
  path                   = "ci"
  jwt_validation_pubkeys = [${JSON.stringify(publicKey)}]
  bound_issuer           = "https://ci.example.net${second ? '/two' : ''}"
}
resource "vault_mount" "pki" {
  path                  = "pki"
  type                  = "pki"
  max_lease_ttl_seconds = ${second ? '157680000' : '315360000'}
}
resource "vault_pki_secret_backend_root_cert" "consumers" {
  backend              = vault_mount.pki.path
  type                 = "internal"
  common_name          = "consumers"
  exclude_cn_from_sans = true
  key_type             = "ec"
  key_bits             = 256
  max_path_length      = 0
  ttl                  = "${second ? '78840000' : '157680000'}"
}
resource "vault_pki_secret_backend_root_cert" "plain" {
  backend     = vault_mount.pki.path
  type        = "internal"
  common_name = "plain${second ? '-renamed' : ''}"
  alt_names   = ["a.example.net", "b.example.net"]
  ip_sans     = ["192.0.2.10"]
  issuer_name = "plain${second ? '-renamed' : ''}"
  permitted_dns_domains = ["example.net"]
  depends_on  = [vault_pki_secret_backend_root_cert.consumers]
}
resource "vault_pki_secret_backend_role" "consumer" {
  backend                     = vault_mount.pki.path
  name                        = "enrol-consumer-a"
  issuer_ref                  = "default"
  ttl                         = "${second ? '86400' : '604800'}"
  max_ttl                     = "604800"
  not_before_duration         = "${second ? '1m30s' : '5m'}"
  allowed_domains             = ["consumer-a"]
  allow_bare_domains          = true
  allow_any_name              = false
  allow_glob_domains          = false
  allow_ip_sans               = false
  allow_localhost             = false
  allow_subdomains            = false
  allow_wildcard_certificates = false
  enforce_hostnames           = true
  cn_validations              = ["hostname"]
  require_cn                  = true
  use_csr_common_name         = true
  use_csr_sans                = ${second ? 'true' : 'false'}
  client_flag                 = true
  server_flag                 = false
  code_signing_flag           = false
  email_protection_flag       = false
  key_type                    = "ec"
  key_bits                    = 256
  key_usage                   = ["DigitalSignature"]
  ext_key_usage               = ["ClientAuth"]
  generate_lease              = false
  no_store                    = false
  depends_on                  = [vault_pki_secret_backend_root_cert.consumers]
}
resource "vault_pki_secret_backend_role" "plain" {
  backend       = vault_mount.pki.path
  name          = "plain"
  organization  = ["example"${second ? ', "other"' : ''}]
  use_pss       = ${second ? 'true' : 'false'}
}
resource "vault_generic_endpoint" "tidy" {
  path                 = "pki/config/auto-tidy"
  data_json            = jsonencode({ enabled = true, tidy_cert_store = true, interval_duration = ${second ? '7200' : '43200'} })
  ignore_absent_fields = true
  disable_delete       = true
  depends_on           = [vault_mount.pki]
}
resource "vault_auth_backend" "cert" {
  type = "cert"
}
resource "vault_cert_auth_backend_role" "enrolled" {
  backend                 = vault_auth_backend.cert.path
  name                    = "consumer-b"
  certificate             = vault_pki_secret_backend_root_cert.consumers.certificate
  allowed_common_names    = ["consumer-b"]
  token_policies          = ["consumer-b", "renew-consumer-b"]
  token_no_default_policy = true
  token_bound_cidrs       = ["192.0.2.11/32"]
  token_ttl               = ${second ? '600' : '900'}
  token_max_ttl           = 3600
  token_type              = "service"
}
resource "vault_identity_entity_alias" "certificate" {
  name           = "consumer-a"
  mount_accessor = vault_auth_backend.cert.accessor
  canonical_id   = vault_identity_entity.consumer.id
}
resource "vault_cert_auth_backend_role" "consumer" {
  backend              = vault_auth_backend.cert.path
  name                 = "consumer-a"
  certificate          = ${JSON.stringify(certificate)}
  allowed_common_names = ["consumer-a"]
  token_policies       = ["consumer-a"]
  token_ttl            = ${second ? '600' : '900'}
  token_bound_cidrs    = ["192.0.2.10"]
}
resource "vault_aws_secret_backend" "aws" {
  path                      = "aws"
  description               = "AWS sessions"
  region                    = "us-east-2"
  sts_region                = "us-east-2"
  sts_endpoint              = "http://127.0.0.1:9/sts"
  iam_endpoint              = "http://127.0.0.1:9/iam"
  default_lease_ttl_seconds = 900
  max_lease_ttl_seconds     = ${second ? '1800' : '3600'}
  max_retries               = ${second ? '4' : '3'}
}
resource "vault_aws_secret_backend_role" "profile" {
  backend         = vault_aws_secret_backend.aws.path
  name            = "tf-proxmox"
  credential_type = "assumed_role"
  role_arns       = ["arn:aws:iam::111122223333:role/tf-proxmox"]
  policy_document = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }]
  })
  default_sts_ttl = ${second ? '1000' : '900'}
  max_sts_ttl     = 3600
}
resource "vault_quota_rate_limit" "requests" {
  name     = "requests"
  rate     = ${second ? '2000.5' : '1000'}
  interval = 1
}
resource "vault_quota_rate_limit" "logins" {
  name     = "approle-login"
  path     = "auth/\${vault_auth_backend.approle.path}/login"
  rate     = ${second ? '6' : '5'}
  interval = 1
}
`;
}

/** The id of each resource above, as `terraform import` takes it; those of entities come from a state. */
export const importIds: Readonly<Record<string, string>> = {
  'vault_policy.consumer': 'consumer-a',
  'vault_password_policy.operator': 'operator',
  'vault_mount.kv': 'kv',
  'vault_mount.transit': 'transit',
  'vault_kv_secret_backend_v2.kv': 'kv/config',
  'vault_generic_endpoint.metadata': 'kv/metadata/unifi/tofu',
  'vault_kv_secret_v2.written': 'kv/data/apps/written',
  'vault_auth_backend.approle': 'approle',
  'vault_approle_auth_backend_role.consumer': 'auth/approle/role/consumer-a',
  'vault_auth_backend.operator': 'operator',
  'vault_jwt_auth_backend_role.operator': 'auth/operator/role/operator',
  'vault_jwt_auth_backend.ci': 'ci',
  'vault_mount.pki': 'pki',
  'vault_pki_secret_backend_role.consumer': 'pki/roles/enrol-consumer-a',
  'vault_pki_secret_backend_role.plain': 'pki/roles/plain',
  'vault_generic_endpoint.tidy': 'pki/config/auto-tidy',
  'vault_auth_backend.cert': 'cert',
  'vault_aws_secret_backend.aws': 'aws',
  'vault_aws_secret_backend_role.profile': 'aws/roles/tf-proxmox',
  'vault_identity_oidc_key.proofs': 'proofs',
  'vault_identity_oidc_role.proofs': 'proofs',
  'vault_quota_rate_limit.requests': 'requests',
  'vault_quota_rate_limit.logins': 'approle-login',
};

/** Public things, made for this test; their private keys were thrown away. */
const publicKey = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEZaP/6sgOxPl/jM+N/7lkBm+GCMQg
zrU8H+aZMN7ewQyH4SIyiE2ZNKIV5ItBcNY34AoC+VqW+r1Pd3Ctw22GpQ==
-----END PUBLIC KEY-----`;

const certificate = `-----BEGIN CERTIFICATE-----
MIIBezCCASGgAwIBAgIUMD/6USqJVC4vVlXmxJ9SJEFFA68wCgYIKoZIzj0EAwIw
EjEQMA4GA1UEAwwHdGVzdCBjYTAgFw0yNjExMjMyMjU0MjFaGA8yMTI2MTAzMDIy
NTQyMVowEjEQMA4GA1UEAwwHdGVzdCBjYTBZMBMGByqGSM49AgEGCCqGSM49AwEH
A0IABGWj/+rIDsT5f4zPjf+5ZAZvhgjEIM61PB/mmTDe3sEMh+EiMohNmTSiFeSL
QXDWN+AKAvlalvq9T3dwrcNthqWjUzBRMB0GA1UdDgQWBBSLc9od7upWG56gG64l
CiYviXTxdjAfBgNVHSMEGDAWgBSLc9od7upWG56gG64lCiYviXTxdjAPBgNVHRMB
Af8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIQC7yQG07bWLI6aBgHgbhgnphFeC
VTT4lXsP7Sa7g23/FAIgFOPQ6t737YYc7hoxlQsLL5gIHuCnmOYxLOmLGSZXg90=
-----END CERTIFICATE-----
`;
