import type { TypeMeaning } from './meaning.ts';

/** The proofs for the GitHub broker. Whoever gets one proves elsewhere who it is; who may get it, policies say. */
export const githubTypes: Readonly<Record<string, TypeMeaning>> = {
  vault_identity_oidc_key: {
    subject: 'key of identity tokens',
    name: 'name',
    key: ['name'],
    arguments: {
      name: 'inert',
      algorithm: 'fixed',
      rotation_period: 'life',
      verification_ttl: 'life',
      allowed_client_ids: 'all-of',
    },
    created: 'nothing',
    removed: 'narrows',
  },
  vault_identity_oidc_role: {
    subject: 'identity tokens',
    name: 'name',
    key: ['name'],
    arguments: { name: 'inert', key: 'fixed', client_id: 'fixed', template: 'fixed', ttl: 'life' },
    created: 'widens',
    removed: 'narrows',
  },
};
