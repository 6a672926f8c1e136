import type { Backbone } from '../../model/backbone.ts';
import type { Consumer } from '../../model/consumer.ts';
import { approlePaths, mounts, responderPaths, verifierPaths } from '../../model/names.ts';
import type { ProgramIdentity } from '../../model/names.ts';
import type { Attempt } from '../attempt.ts';
import { noVersion } from './consumer.ts';

/** Who is tried beside the consumers: a person, and the program's own identities. */
export type Official = ProgramIdentity | 'operator';

/** What each of them must be able to do, and where its power has to end. */
export function officialAttempts(backbone: Backbone, who: Official): readonly Attempt[] {
  const [consumer] = backbone.consumers;
  if (consumer === undefined) return [];
  return [...own(backbone, consumer, who), ...limits(backbone, consumer, who)];
}

const denied = { expected: 'denied' } as const;
const allowed = { expected: 'allowed' } as const;
const read = (path: string) => ({ method: 'GET', path }) as const;

function own(backbone: Backbone, consumer: Consumer, who: Official): readonly Attempt[] {
  switch (who) {
    case 'operator':
      return [
        ...backbone.secrets.map(({ metadataPath }): Attempt => ({
          kind: 'KV read',
          ...allowed,
          tries: `age of ${metadataPath}`,
          request: read(metadataPath),
        })),
        ...foreignToOperators(backbone, consumer),
      ];
    case 'secret-id-issuer':
      return [
        ...backbone.consumers.map(({ name, paths }): Attempt => ({
          kind: 'login',
          ...allowed,
          tries: `role id of ${name}`,
          request: read(paths.roleId),
        })),
        ...issuing(backbone, consumer),
      ];
    case 'responder':
      return backbone.consumers.map(({ name, paths }): Attempt => ({
        kind: 'login',
        ...allowed,
        absent: 'allowed',
        tries: `find SecretIDs of ${name}`,
        request: { method: 'LIST', path: paths.secretId },
      }));
    case 'terraform-plan':
    case 'terraform-apply':
      return [
        {
          kind: 'server',
          ...allowed,
          tries: `read the policy ${consumer.policy}`,
          request: read(`sys/policies/acl/${consumer.policy}`),
        },
        ...(who === 'terraform-plan' ? changing(consumer) : []),
      ];
    case 'auditor':
      return [
        {
          kind: 'server',
          ...allowed,
          tries: 'list policies',
          request: { method: 'LIST', path: 'sys/policies/acl' },
        },
        ...changing(consumer),
        ...ending(),
      ];
    case 'verifier':
      return [
        ...['operator', 'terraform-apply', 'root'].map((policy): Attempt => ({
          kind: 'server',
          ...denied,
          tries: `a token with the policy ${policy}`,
          refusedBy: /must be subset of the role/,
          request: {
            method: 'POST',
            path: verifierPaths.token,
            body: { policies: [policy], ttl: '5s' },
          },
        })),
        ...changing(consumer),
        ...ending(),
      ];
  }
}

/** Nobody of them reads a value (an operator excepted), mints a session or makes itself another token. */
function limits(backbone: Backbone, consumer: Consumer, who: Official): readonly Attempt[] {
  const person = who === 'operator';
  return [
    ...(person
      ? []
      : [
          ...backbone.secrets.map(({ dataPath }): Attempt => ({
            kind: 'KV other',
            ...denied,
            tries: `read ${dataPath}`,
            request: read(dataPath),
          })),
          ...backbone.secrets.slice(0, 1).map(({ dataPath }): Attempt => ({
            kind: 'KV other',
            ...denied,
            tries: `write ${dataPath}`,
            request: {
              method: 'POST',
              path: dataPath,
              body: { data: {}, options: { cas: noVersion } },
            },
          })),
          ...backbone.profiles.map(({ stsPath }): Attempt => ({
            kind: 'AWS session',
            ...denied,
            tries: `mint at ${stsPath}`,
            request: { method: 'POST', path: stsPath, body: { ttl: '900s' } },
          })),
        ]),
    {
      kind: 'server',
      ...denied,
      tries: 'make another token',
      request: { method: 'POST', path: 'auth/token/create', body: { ttl: '5s' } },
    },
    {
      kind: 'certificate',
      ...denied,
      tries: `a certificate of ${consumer.name}`,
      request: {
        method: 'POST',
        path: `${mounts.pki}/sign/enrol-${consumer.name}`,
        body: { csr: '' },
      },
    },
    ...(who === 'secret-id-issuer'
      ? []
      : [
          {
            kind: 'login',
            ...denied,
            tries: `a SecretID of ${consumer.name}`,
            request: { method: 'POST', path: consumer.paths.secretId, wrapTtl: 30 },
          } satisfies Attempt,
        ]),
  ];
}

/** An operator is a person with a list of rights, not root. */
function foreignToOperators({ secrets }: Backbone, consumer: Consumer): readonly Attempt[] {
  const own = { kind: 'server', ...denied } as const;
  return [
    { ...own, tries: 'read the policy operator', request: read('sys/policies/acl/operator') },
    { ...own, tries: 'see the engines', request: read('sys/mounts') },
    { ...own, tries: 'see the auth methods', request: read('sys/auth') },
    { ...own, tries: 'see the audit devices', request: read('sys/audit') },
    {
      ...own,
      tries: 'find tokens',
      request: { method: 'LIST', path: responderPaths.tokenAccessors },
    },
    { ...own, tries: `read the role ${consumer.name}`, request: read(consumer.paths.role) },
    {
      kind: 'KV other',
      ...denied,
      tries: 'a secret that nobody declared',
      request: read(`${mounts.kv}/data/verify/undeclared`),
    },
    {
      kind: 'KV other',
      ...denied,
      tries: `list ${mounts.kv}/`,
      request: { method: 'LIST', path: `${mounts.kv}/metadata` },
    },
    ...secrets.slice(0, 1).map(({ dataPath }): Attempt => ({
      kind: 'KV other',
      ...denied,
      tries: `the sibling ${dataPath}-verify`,
      request: read(`${dataPath}-verify`),
    })),
  ];
}

/** An issuer is never shown a SecretID, makes none of its own making and none for the program itself. */
function issuing({ declaration }: Backbone, { name, paths }: Consumer): readonly Attempt[] {
  const { min, max } = declaration.openbao.wrapTtl;
  const mint = { method: 'POST', path: paths.secretId } as const;
  const login = { kind: 'login', ...denied } as const;
  const parameters = [{ num_uses: 0 }, { ttl: '24h' }, { cidr_list: '' }, { metadata: '{}' }];
  return [
    { ...login, tries: `see a SecretID of ${name}`, request: mint },
    ...parameters.map((body): Attempt => ({
      ...login,
      tries: `choose ${Object.keys(body).join()} of a SecretID of ${name}`,
      request: { ...mint, wrapTtl: min, body },
    })),
    {
      ...login,
      tries: `wrap it for longer than ${String(max)} s`,
      request: { ...mint, wrapTtl: max + 60 },
    },
    ...(min > 1
      ? [
          {
            ...login,
            tries: `wrap it for less than ${String(min)} s`,
            request: { ...mint, wrapTtl: 1 },
          },
        ]
      : []),
    ...(['terraform-apply', 'responder'] as const).map((identity): Attempt => ({
      ...login,
      tries: `a SecretID of ${identity}`,
      request: { method: 'POST', path: approlePaths(identity).secretId, wrapTtl: min },
    })),
    {
      ...login,
      tries: `list SecretIDs of ${name}`,
      request: { method: 'LIST', path: paths.secretId },
    },
    { kind: 'server', ...denied, tries: `read the role ${name}`, request: read(paths.role) },
    ...ending(),
  ];
}

/** Written as nothing: where it should be let through, an AppRole without a field stays as it is. */
function changing({ name, paths, policy }: Consumer): readonly Attempt[] {
  return [
    {
      kind: 'server',
      ...denied,
      tries: `change the role ${name}`,
      request: { method: 'POST', path: paths.role, body: {} },
    },
    {
      // Without a text the server refuses it, whoever asks.
      kind: 'server',
      ...denied,
      tries: `change the policy ${policy}`,
      request: { method: 'POST', path: `sys/policies/acl/${policy}`, body: {} },
    },
  ];
}

/** There is no such token; where it should be let through, the server says so. */
function ending(): readonly Attempt[] {
  return [
    {
      kind: 'server',
      ...denied,
      tries: "end somebody else's token",
      request: { method: 'POST', path: responderPaths.revokeToken, body: { accessor: 'verify' } },
    },
  ];
}
