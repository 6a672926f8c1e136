import type { TypeMeaning } from './meaning.ts';

/**
 * The engines of the stack `engines`. Who may use a role stands in the policies; a role says what for, how
 * long and from where. SQL is not evaluated: other statements are UNKNOWN.
 */
export const engineTypes: Readonly<Record<string, TypeMeaning>> = {
  vault_ssh_secret_backend_ca: {
    subject: 'SSH authority',
    name: 'backend',
    key: ['backend'],
    arguments: {
      backend: 'fixed',
      generate_signing_key: 'fixed',
      key_type: 'fixed',
      key_bits: 'fixed',
    },
    // A host takes its users only where somebody has put it there.
    created: 'nothing',
    removed: 'narrows',
  },
  vault_ssh_secret_backend_role: {
    subject: 'SSH certificates',
    name: 'name',
    key: ['backend', 'name'],
    arguments: {
      name: 'inert',
      backend: 'fixed',
      key_type: 'fixed',
      allow_user_certificates: 'opening',
      allow_host_certificates: 'opening',
      allow_user_key_ids: 'opening',
      allow_empty_principals: 'opening',
      default_user: 'listed',
      allowed_users: 'listed',
      allowed_extensions: 'listed',
      default_extensions: 'keys',
      allowed_critical_options: 'inert',
      default_critical_options: 'ssh-options',
      allowed_user_key_config: 'fixed',
      key_id_format: 'inert',
      ttl: 'life',
      max_ttl: 'life',
      not_before_duration: 'inert',
    },
    created: 'widens',
    removed: 'narrows',
  },
  vault_database_secret_backend_role: {
    subject: 'database users',
    name: 'name',
    key: ['backend', 'name'],
    arguments: {
      name: 'inert',
      backend: 'fixed',
      db_name: 'fixed',
      creation_statements: 'fixed',
      revocation_statements: 'fixed',
      default_ttl: 'life',
      max_ttl: 'life',
    },
    created: 'widens',
    removed: 'narrows',
  },
};
