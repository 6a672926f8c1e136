import type { TypeMeaning } from './types.ts';

/**
 * The engines of the stack `engines`. Who may use a role stands in the policies; a role says what for, how
 * long and from where. SQL is not evaluated: other statements are UNKNOWN.
 */
export const engineTypes: Readonly<Record<string, TypeMeaning>> = {
  vault_ssh_secret_backend_ca: {
    subject: 'SSH authority',
    arguments: {},
    created: 'nothing',
  },
  vault_ssh_secret_backend_role: {
    subject: 'SSH certificates',
    name: 'name',
    arguments: {
      name: 'inert',
      default_user: 'listed',
      allowed_users: 'listed',
      allowed_extensions: 'listed',
      default_extensions: 'keys',
      default_critical_options: 'ssh-options',
      key_id_format: 'inert',
      ttl: 'life',
      max_ttl: 'life',
      not_before_duration: 'inert',
    },
    created: 'nothing',
  },
  vault_database_secret_backend_role: {
    subject: 'database users',
    name: 'name',
    arguments: { name: 'inert', default_ttl: 'life', max_ttl: 'life' },
    created: 'nothing',
  },
};
