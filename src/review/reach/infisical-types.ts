import type { TypeMeaning } from './types.ts';

/**
 * The resource types of Infisical. Whatever lets someone in, gives a right or copies secrets out widens when
 * it is new, and what stands in no row here (roles, permissions, trusted addresses) is UNKNOWN when it
 * changes: Infisical's permission language is not evaluated.
 */
const token = {
  identity_id: 'fixed',
  access_token_num_uses_limit: 'uses',
} as const satisfies TypeMeaning['arguments'];

export const infisicalTypes: Readonly<Record<string, TypeMeaning>> = {
  infisical_project: {
    subject: 'Infisical project',
    name: 'slug',
    arguments: { name: 'inert', has_delete_protection: 'guard' },
    created: 'nothing',
  },
  infisical_project_environment: {
    subject: 'Infisical environment',
    arguments: { name: 'inert', position: 'inert' },
    created: 'nothing',
  },
  infisical_secret_folder: {
    subject: 'Infisical folder',
    arguments: {},
    created: 'nothing',
  },
  infisical_identity: {
    subject: 'Infisical identity',
    name: 'name',
    arguments: { name: 'inert', has_delete_protection: 'guard' },
    created: 'widens',
  },
  infisical_identity_universal_auth: {
    subject: 'Infisical login',
    arguments: token,
    created: 'widens',
  },
  infisical_identity_oidc_auth: {
    subject: 'Infisical login by OIDC',
    arguments: token,
    created: 'widens',
  },
  infisical_project_identity: {
    subject: 'Infisical membership',
    arguments: {},
    created: 'widens',
  },
  infisical_project_identity_specific_privilege: {
    subject: 'Infisical privilege',
    arguments: { slug: 'inert' },
    created: 'widens',
  },
  infisical_secret_sync_github: {
    subject: 'Infisical sync to GitHub',
    name: 'name',
    arguments: {},
    created: 'widens',
  },
};
