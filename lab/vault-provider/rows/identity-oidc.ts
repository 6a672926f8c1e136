import { endpoint } from '../endpoint.ts';

const day = 86_400;

/** Key that signs identity tokens. */
export const oidcKey = endpoint({
  id: '{name}',
  path: 'identity/oidc/key/{id}',
  rules: {
    name: { forceNew: true },
    algorithm: { default: 'RS256' },
    rotation_period: { default: day },
    verification_ttl: { default: day },
  },
  send: {
    algorithm: 'always',
    rotation_period: 'always',
    verification_ttl: 'always',
    allowed_client_ids: 'known',
  },
  read: ['algorithm', 'rotation_period', 'verification_ttl', 'allowed_client_ids'],
});

/** What an identity token says, and for whom. */
export const oidcRole = endpoint({
  id: '{name}',
  path: 'identity/oidc/role/{id}',
  rules: { name: { forceNew: true }, ttl: { default: day } },
  send: { key: 'always', template: 'always', ttl: 'always', client_id: 'known' },
  read: ['key', 'template', 'ttl', 'client_id'],
});
