import type { Meanings, TypeMeaning } from './meaning.ts';

/**
 * The resource types of Infisical. Whatever lets someone in, gives a right or copies secrets out widens when it
 * is new. Permissions compare as a set: a permission that was not there before is a new one, whether or not
 * another of them has it already.
 */
const token = {
  identity_id: 'fixed',
  access_token_ttl: 'life',
  access_token_max_ttl: 'life',
  access_token_num_uses_limit: 'uses',
  access_token_trusted_ips: 'addresses',
} as const satisfies Meanings;

export const infisicalTypes: Readonly<Record<string, TypeMeaning>> = {
  infisical_project: {
    subject: 'Infisical project',
    name: 'slug',
    arguments: {
      name: 'inert',
      slug: 'fixed',
      type: 'fixed',
      has_delete_protection: 'inert',
      should_create_default_envs: 'inert',
    },
    created: 'nothing',
    removed: 'narrows',
  },
  infisical_project_environment: {
    subject: 'Infisical environment',
    key: ['project_id', 'slug'],
    arguments: { name: 'inert', position: 'inert', project_id: 'fixed', slug: 'fixed' },
    created: 'nothing',
    removed: 'narrows',
  },
  infisical_secret_folder: {
    subject: 'Infisical folder',
    key: ['project_id', 'environment_slug', 'folder_path', 'name'],
    arguments: {
      project_id: 'fixed',
      environment_slug: 'fixed',
      folder_path: 'fixed',
      name: 'fixed',
      force_delete: 'inert',
    },
    created: 'nothing',
    removed: 'narrows',
  },
  infisical_identity: {
    subject: 'Infisical identity',
    name: 'name',
    arguments: { name: 'inert', org_id: 'fixed', role: 'fixed', has_delete_protection: 'inert' },
    created: 'widens',
    removed: 'narrows',
  },
  infisical_identity_universal_auth: {
    subject: 'Infisical login',
    key: ['identity_id'],
    arguments: { ...token, client_secret_trusted_ips: 'addresses' },
    created: 'widens',
    removed: 'narrows',
  },
  infisical_identity_oidc_auth: {
    subject: 'Infisical login by OIDC',
    key: ['identity_id'],
    arguments: {
      ...token,
      bound_audiences: 'one-of',
      bound_issuer: 'fixed',
      bound_subject: 'fixed',
      oidc_discovery_url: 'fixed',
    },
    created: 'widens',
    removed: 'narrows',
  },
  infisical_project_identity: {
    subject: 'Infisical membership',
    key: ['project_id', 'identity_id'],
    arguments: { project_id: 'fixed', identity_id: 'fixed', roles: 'set' },
    created: 'widens',
    removed: 'narrows',
  },
  infisical_project_identity_specific_privilege: {
    subject: 'Infisical privilege',
    key: ['project_slug', 'identity_id', 'slug'],
    arguments: {
      slug: 'inert',
      project_slug: 'fixed',
      identity_id: 'fixed',
      permissions_v2: 'permissions',
    },
    created: 'widens',
    removed: 'narrows',
  },
  infisical_secret_sync_github: {
    subject: 'Infisical sync to GitHub',
    name: 'name',
    arguments: {
      name: 'inert',
      project_id: 'fixed',
      connection_id: 'fixed',
      environment: 'fixed',
      secret_path: 'fixed',
      destination_config: 'fixed',
      auto_sync_enabled: 'inert',
      sync_options: {
        disable_secret_deletion: 'guard',
        initial_sync_behavior: 'fixed',
        key_schema: 'fixed',
      },
    },
    created: 'widens',
    removed: 'narrows',
  },
};
