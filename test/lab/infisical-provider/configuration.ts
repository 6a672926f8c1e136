import { connectionId, organizationId } from '../infisical/running-double.ts';

/**
 * One resource of each type that the stand-in serves, with the arguments that the `infisical` stack uses,
 * and a second version that changes each in place.
 */
export function everything(version: 1 | 2): string {
  const second = version === 2;
  return `
resource "infisical_project" "a" {
  name                       = "Homelab${second ? ', changed' : ''}"
  slug                       = "homelab"
  description                = "first \\"quoted\\" $\${not.a.reference} é ☃"
  type                       = "secret-manager"
  should_create_default_envs = false
  has_delete_protection      = false
}
resource "infisical_project_environment" "dev" {
  project_id = infisical_project.a.id
  name       = "Development${second ? ', changed' : ''}"
  slug       = "dev"
  position   = 1
}
resource "infisical_project_environment" "prod" {
  project_id = infisical_project.a.id
  name       = "Production"
  slug       = "prod"
  position   = 2
  depends_on = [infisical_project_environment.dev]
}
resource "infisical_secret_folder" "apps" {
  project_id       = infisical_project.a.id
  environment_slug = infisical_project_environment.prod.slug
  folder_path      = "/"
  name             = "apps"
  description      = "${second ? 'changed' : ''}"
  force_delete     = false
}
resource "infisical_secret_folder" "web" {
  project_id       = infisical_project.a.id
  environment_slug = infisical_project_environment.prod.slug
  folder_path      = "/apps"
  name             = "web"
  depends_on       = [infisical_secret_folder.apps]
}
resource "infisical_identity" "agent" {
  name                  = "agent${second ? '-renamed' : ''}"
  org_id                = "${organizationId}"
  role                  = "no-access"
  has_delete_protection = false
}
resource "infisical_identity_universal_auth" "agent" {
  identity_id                 = infisical_identity.agent.id
  access_token_ttl            = ${second ? '600' : '900'}
  access_token_max_ttl        = 3600
  access_token_num_uses_limit = 100
  client_secret_trusted_ips   = [{ ip_address = "192.0.2.65/32" }]
  access_token_trusted_ips    = [{ ip_address = "192.0.2.65/32" }${second ? ', { ip_address = "2001:db8::/64" }' : ''}]
}
resource "infisical_project_identity" "agent" {
  project_id  = infisical_project.a.id
  identity_id = infisical_identity.agent.id
  roles       = [{ role_slug = "no-access" }]
}
resource "infisical_project_identity_specific_privilege" "agent" {
  project_slug = infisical_project.a.slug
  identity_id  = infisical_identity.agent.id
  slug         = "read-agent"
  permissions_v2 = [
    {
      subject    = "secrets"
      action     = ["describeSecret", "readValue"]
      conditions = jsonencode({ environment = { "$eq" = "prod" }, secretPath = { "$eq" = "/apps/web" } })
    },
    {
      subject    = "secrets"
      action     = ["describeSecret"]
      conditions = jsonencode({ environment = { "$eq" = "${second ? 'prod' : 'dev'}" }, secretPath = { "$eq" = "/" } })
    },
  ]
  depends_on = [infisical_project_identity.agent]
}
resource "infisical_identity" "github" {
  name   = "github-web"
  org_id = "${organizationId}"
  role   = "no-access"
}
resource "infisical_identity_oidc_auth" "github" {
  identity_id                 = infisical_identity.github.id
  oidc_discovery_url          = "https://token.actions.githubusercontent.com"
  bound_issuer                = "https://token.actions.githubusercontent.com"
  bound_subject               = "repo:example-org/web:environment:${second ? 'staging' : 'production'}"
  bound_audiences             = ["https://github.com/example-org"]
  access_token_ttl            = 600
  access_token_max_ttl        = 600
  access_token_num_uses_limit = 20
  access_token_trusted_ips    = [{ ip_address = "0.0.0.0/0" }, { ip_address = "::/0" }]
}
resource "infisical_secret_sync_github" "web" {
  name          = "web"
  project_id    = infisical_project.a.id
  connection_id = "${connectionId}"
  environment   = infisical_project_environment.prod.slug
  secret_path   = infisical_secret_folder.web.path
  sync_options = {
    initial_sync_behavior   = "overwrite-destination"
    disable_secret_deletion = ${second ? 'true' : 'false'}
    key_schema              = "BACKBONE_{{secretKey}}"
  }
  destination_config = {
    scope            = "repository"
    repository_owner = "example-org"
    repository_name  = "web"
  }
}
`;
}
