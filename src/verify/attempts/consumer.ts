import type { Backbone } from '../../model/backbone.ts';
import type { Consumer } from '../../model/consumer.ts';
import { arrivalPath, certificatePaths, kvPaths, mounts, roleName } from '../../model/names.ts';
import type { SecretPath } from '../../config/brands.ts';
import type { Attempt } from '../attempt.ts';
import { engineAttempts } from './engines.ts';
import { proofAttempts, signatureAttempts } from './github.ts';

/** Nobody's version: a write with it is refused by check-and-set, if it comes so far. */
export const noVersion = 2_147_483_646;

/** What a token with the policy of this consumer may do, and what is next to it and must not be. */
export function consumerAttempts(backbone: Backbone, consumer: Consumer): readonly Attempt[] {
  return [
    ...consumer.grants.flatMap((grant): readonly Attempt[] => {
      switch (grant.kind) {
        case 'secret':
          return ownSecret(grant.secret, grant.path);
        case 'profile':
          return ownProfile(grant.profile, grant.path);
        case 'rotate':
          return rotated(grant.secret, grant.path, grant.rotation.metadata);
        case 'ssh':
        case 'certificate':
        case 'database':
          return engineAttempts(backbone, grant);
        case 'github':
          return proofAttempts(grant.path);
        case 'broker':
          return signatureAttempts(grant.path);
        case 'proxy':
          // Nothing of OpenBao: that it cannot read the value itself is among the neighbours.
          return [];
      }
    }),
    ...neighbours(backbone, consumer),
    ...server(consumer),
  ];
}

const denied = { expected: 'denied' } as const;
const read = (path: string) => ({ method: 'GET', path }) as const;

function ownSecret(secret: SecretPath, path: string): readonly Attempt[] {
  const { metadata, destroy } = kvPaths(secret);
  const other = { kind: 'KV other', ...denied } as const;
  return [
    {
      ...{ kind: 'KV read', expected: 'allowed', absent: 'not tried' },
      tries: `read ${path}`,
      request: read(path),
    },
    { ...other, tries: `an older version of ${path}`, request: read(`${path}?version=1`) },
    { ...other, tries: `the sibling ${path}-verify`, request: read(`${path}-verify`) },
    { ...other, tries: `below it, ${path}/verify`, request: read(`${path}/verify`) },
    { ...other, tries: `metadata of it, ${metadata}`, request: read(metadata) },
    {
      ...other,
      tries: `list ${parent(metadata)}/`,
      request: { method: 'LIST', path: parent(metadata) },
    },
    ...writes(secret, path),
    {
      ...other,
      tries: `destroy no version of ${destroy}`,
      request: { method: 'POST', path: destroy, body: { versions: [] } },
    },
  ];
}

/** With a version that nobody has, so that nothing is written where it should be let through. */
function writes(secret: SecretPath, path: string): readonly Attempt[] {
  return [
    {
      kind: 'KV other',
      ...denied,
      tries: `write ${secret}`,
      request: { method: 'POST', path, body: { data: {}, options: { cas: noVersion } } },
    },
  ];
}

function rotated(secret: SecretPath, path: string, metadata: string): readonly Attempt[] {
  return [
    {
      ...{ kind: 'KV read', expected: 'allowed', absent: 'not tried' },
      tries: `rotate: read ${path}`,
      request: read(path),
    },
    {
      kind: 'KV read',
      expected: 'allowed',
      tries: `rotate: age of ${secret}`,
      request: read(metadata),
    },
    {
      kind: 'KV other',
      ...denied,
      tries: `the sibling ${path}-verify`,
      request: read(`${path}-verify`),
    },
    {
      kind: 'KV other',
      ...denied,
      tries: `destroy no version of ${secret}`,
      request: { method: 'POST', path: kvPaths(secret).destroy, body: { versions: [] } },
    },
  ];
}

function ownProfile(profile: Parameters<typeof roleName>[0], path: string): readonly Attempt[] {
  const role = roleName(profile);
  const session = { kind: 'AWS session', ...denied } as const;
  const mint = { method: 'POST', path } as const;
  return [
    {
      ...session,
      tries: `name the session of ${role} itself`,
      request: { ...mint, body: { ttl: '900s', role_session_name: 'verify' } },
    },
    {
      ...session,
      tries: `choose another role at ${path}`,
      request: {
        ...mint,
        body: { ttl: '900s', role_arn: 'arn:aws:iam::000000000000:role/verify' },
      },
    },
    { ...session, tries: `mint by a GET of ${path}`, request: read(path) },
    {
      ...session,
      tries: `the other door, ${mounts.aws}/creds/${role}`,
      request: { method: 'POST', path: `${mounts.aws}/creds/${role}`, body: { ttl: '900s' } },
    },
    {
      ...session,
      tries: `see the engine role ${role}`,
      request: read(`${mounts.aws}/roles/${role}`),
    },
  ];
}

/** What other consumers have and this one has not. */
function neighbours(backbone: Backbone, consumer: Consumer): readonly Attempt[] {
  const { grants, name } = consumer;
  const reached = new Set<string>(
    grants.flatMap((grant) =>
      grant.kind === 'rotate' ? [grant.path, grant.rotation.login] : [grant.path],
    ),
  );
  const granted = (path: string) => reached.has(path);
  const first = backbone.consumers.find((other) => other.name !== name);
  return [
    ...backbone.secrets
      .filter(({ dataPath }) => !granted(dataPath))
      .map(({ dataPath }): Attempt => ({
        kind: 'KV other',
        ...denied,
        tries: `the neighbour ${dataPath}`,
        request: read(dataPath),
      })),
    ...backbone.profiles
      .filter(({ stsPath }) => !granted(stsPath))
      .map(({ stsPath }): Attempt => ({
        kind: 'AWS session',
        ...denied,
        tries: `the neighbour ${stsPath}`,
        request: { method: 'POST', path: stsPath, body: { ttl: '900s' } },
      })),
    ...(first === undefined ? [] : ofAnother(first)),
  ];
}

function ofAnother(other: Consumer): readonly Attempt[] {
  const { enrol } = certificatePaths(other.name);
  return [
    {
      kind: 'server',
      ...denied,
      tries: `whether ${other.name} has arrived`,
      request: read(arrivalPath(other.name)),
    },
    {
      kind: 'login',
      ...denied,
      tries: `a SecretID of ${other.name}`,
      request: { method: 'POST', path: other.paths.secretId, wrapTtl: 30 },
    },
    {
      kind: 'certificate',
      ...denied,
      tries: `a certificate of ${other.name}`,
      request: { method: 'POST', path: enrol, body: { csr: '' } },
    },
  ];
}

function server({ policy, paths }: Consumer): readonly Attempt[] {
  const own = { kind: 'server', ...denied } as const;
  return [
    { ...own, tries: 'read the own policy', request: read(`sys/policies/acl/${policy}`) },
    { ...own, tries: 'read the own role', request: read(paths.role) },
    { ...own, tries: 'see the engines', request: read('sys/mounts') },
    {
      ...own,
      tries: 'make another token',
      request: { method: 'POST', path: 'auth/token/create', body: { ttl: '5s' } },
    },
    {
      kind: 'login',
      ...denied,
      tries: 'a SecretID of its own',
      request: { method: 'POST', path: paths.secretId, wrapTtl: 30 },
    },
    {
      kind: 'KV other',
      ...denied,
      tries: `list ${mounts.kv}/`,
      request: { method: 'LIST', path: `${mounts.kv}/metadata` },
    },
  ];
}

function parent(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}
