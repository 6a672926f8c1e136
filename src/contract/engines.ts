import { has, number, objects, oneOf, optionalText, text, texts, type Shape } from './shape.ts';

/**
 * Engines of OpenBao, as far as they are for whoever has the contract: a consumer's own grants; for operators,
 * those of the machines that they sit at, and the connections that they make.
 */
export interface EnginesContract {
  readonly ssh: readonly SshContract[];
  readonly databases: readonly DatabaseContract[];
  readonly certificates: readonly ServiceContract[];
  /** Connections of OpenBao to databases. Empty on the host of a consumer. */
  readonly connections: readonly ConnectionContract[];
}

export interface SshContract {
  /** Name in the declaration, */
  readonly role: string;
  /** and whose certificates these are. */
  readonly consumer: string;
  /** Signs a `public_key`. */
  readonly path: string;
  /** Public key of the CA, for anybody to read. */
  readonly authority: string;
  readonly principals: readonly string[];
  readonly ttl: number;
}

interface Server {
  /** Name in the declaration. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly database: string;
  /** PEM of the CA of its TLS certificate; absent: the system's. */
  readonly caCertificate?: string;
}

export interface DatabaseContract extends Server {
  readonly role: string;
  /** Makes a user. */
  readonly path: string;
  readonly ttl: number;
  readonly maxTtl: number;
  /** Each takes a `lease_id`. */
  readonly renew: string;
  readonly revoke: string;
}

export interface ConnectionContract extends Server {
  readonly username: string;
  /** The same CA as a file on the hosts of OpenBao, which takes none as text. */
  readonly caFile?: string;
  readonly path: string;
  readonly rotateRoot: string;
  /** Roles of the engine that may use it. */
  readonly roles: readonly string[];
}

export interface ServiceContract {
  readonly role: string;
  /** Signs a `csr`. */
  readonly path: string;
  readonly domains: readonly string[];
  readonly use: 'server' | 'client';
  readonly ttl: number;
}

export function parseEngines(shape: Shape): EnginesContract {
  return {
    ssh: objects(shape, 'ssh').map((one) => ({
      role: text(one, 'role'),
      consumer: text(one, 'consumer'),
      path: text(one, 'path'),
      authority: text(one, 'authority'),
      principals: texts(one, 'principals'),
      ttl: number(one, 'ttl'),
    })),
    databases: objects(shape, 'databases').map((one) => ({
      ...server(one),
      role: text(one, 'role'),
      path: text(one, 'path'),
      ttl: number(one, 'ttl'),
      maxTtl: number(one, 'maxTtl'),
      renew: text(one, 'renew'),
      revoke: text(one, 'revoke'),
    })),
    certificates: objects(shape, 'certificates').map((one) => ({
      role: text(one, 'role'),
      path: text(one, 'path'),
      domains: texts(one, 'domains'),
      use: oneOf(one, 'use', ['server', 'client']),
      ttl: number(one, 'ttl'),
    })),
    connections: has(shape, 'connections')
      ? objects(shape, 'connections').map((one) => ({
          ...server(one),
          username: text(one, 'username'),
          ...(has(one, 'caFile') ? { caFile: text(one, 'caFile') } : {}),
          path: text(one, 'path'),
          rotateRoot: text(one, 'rotateRoot'),
          roles: texts(one, 'roles'),
        }))
      : [],
  };
}

function server(shape: Shape): Server {
  const ca = optionalText(shape, 'caCertificate');
  return {
    name: text(shape, 'name'),
    host: text(shape, 'host'),
    port: number(shape, 'port'),
    database: text(shape, 'database'),
    ...(ca === undefined ? {} : { caCertificate: ca }),
  };
}
