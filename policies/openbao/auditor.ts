import { mounts, responderPaths } from '../../src/model/names.ts';
import { ownToken, type AclRule } from './acl.ts';

/** What is listed, and then read one by one. */
const listed: readonly { readonly why: string; readonly path: string }[] = [
  { why: 'every policy', path: 'sys/policies/acl' },
  { why: 'every AppRole', path: `auth/${mounts.approle}/role` },
  { why: 'every certificate login', path: `auth/${mounts.certificate}/certs` },
  { why: 'who the operators are, no password', path: `auth/${mounts.operator}/users` },
  { why: 'single sign-on roles', path: `auth/${mounts.operator}/role` },
  { why: 'runs of pipelines that are an identity', path: `auth/${mounts.workflows}/role` },
  { why: 'the first identity, no password', path: 'auth/bootstrap/users' },
  { why: 'every token role', path: 'auth/token/roles' },
  { why: 'AWS engine roles', path: `${mounts.aws}/roles` },
  { why: 'PKI roles', path: `${mounts.pki}/roles` },
  { why: 'PKI roles of services', path: `${mounts.services}/roles` },
  { why: 'SSH roles', path: `${mounts.ssh}/roles` },
  { why: 'roles of databases', path: `${mounts.database}/roles` },
  { why: 'identity entities', path: 'identity/entity/name' },
  { why: 'identity groups', path: 'identity/group/name' },
  { why: 'keys of identity tokens', path: 'identity/oidc/key' },
  { why: 'forms of identity tokens', path: 'identity/oidc/role' },
  { why: 'rate limits', path: 'sys/quotas/rate-limit' },
];

/**
 * Whoever looks for what was made by hand: sees all of the configuration, declared or not, and who holds
 * tokens. It reads no secret value, makes nothing and ends nothing; an accessor is no token.
 */
export function auditorAcl(): readonly AclRule[] {
  return [
    ...listed.flatMap(({ why, path }): AclRule[] => [
      { why: `list: ${why}`, path, capabilities: ['list'] },
      { why: `see: ${why}`, path: `${path}/+`, capabilities: ['read'] },
    ]),
    { why: 'every engine and how it is tuned', path: 'sys/mounts', capabilities: ['read'] },
    { why: 'every auth method and how it is tuned', path: 'sys/auth', capabilities: ['read'] },
    {
      why: 'whose tokens of runs are believed',
      path: `auth/${mounts.workflows}/config`,
      capabilities: ['read'],
    },
    ...[mounts.kv, mounts.arrivals].map((mount): AclRule => ({
      why: `what secrets of ${mount}/ are held to, no value`,
      path: `${mount}/config`,
      capabilities: ['read'],
    })),
    ...[mounts.pki, mounts.services].flatMap((mount): AclRule[] => [
      { why: `every CA of ${mount}/`, path: `${mount}/issuers`, capabilities: ['list'] },
      { why: 'its certificate', path: `${mount}/issuer/+`, capabilities: ['read'] },
      { why: 'which of them signs', path: `${mount}/config/issuers`, capabilities: ['read'] },
    ]),
    {
      why: 'the AWS engine configuration (an access key id would show, its secret never)',
      path: `${mounts.aws}/config/root`,
      capabilities: ['read'],
    },
    {
      why: 'whether the audit devices are there; wants sudo',
      path: 'sys/audit',
      capabilities: ['read', 'sudo'],
    },
    {
      why: 'find every token by its accessor; wants sudo',
      path: responderPaths.tokenAccessors,
      capabilities: ['list', 'sudo'],
    },
    {
      why: 'see whose a token is and how long it lives',
      path: responderPaths.lookupToken,
      capabilities: ['create', 'update'],
      parameters: ['accessor'],
    },
    ...ownToken,
  ];
}
