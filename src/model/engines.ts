import type { Cidr, Name, Seconds } from '../config/brands.ts';
import type { Declaration } from '../config/declaration.ts';
import type { DatabaseDeclaration } from '../config/engines.ts';
import { sources } from './consumer.ts';
import {
  databaseCaFile,
  databasePaths,
  databaseRole,
  servicePaths,
  sshPaths,
  sshRoleName,
} from './names.ts';

/** Dynamic credentials beside AWS: what the stack makes and what clients ask for. */
export interface Engines {
  /** Undefined where no SSH authority is declared. */
  readonly ssh: { readonly roles: readonly SshRole[] } | undefined;
  readonly databases: readonly Database[];
  readonly pki:
    { readonly commonName: string; readonly roles: readonly ServiceCertificates[] } | undefined;
}

/** Certificates of one kind for one consumer. */
export interface SshRole {
  /** Name in the engine. */
  readonly name: string;
  /** Name in the declaration, */
  readonly role: Name;
  /** and whose they are. */
  readonly consumer: Name;
  readonly path: string;
  readonly principals: readonly string[];
  readonly extensions: readonly string[];
  /** The only addresses that sshd takes a certificate from (critical option `source-address`). */
  readonly from: readonly Cidr[];
  readonly ttl: Seconds;
}

export interface Database {
  readonly name: Name;
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly username: string;
  /** Where the hosts of OpenBao have the CA of its TLS certificate; undefined: among the system's. */
  readonly caFile: string | undefined;
  readonly paths: ReturnType<typeof databasePaths>;
  readonly roles: readonly DatabaseUsers[];
}

/** Users of one kind. */
export interface DatabaseUsers {
  /** Name in the engine. */
  readonly name: string;
  readonly role: Name;
  readonly path: string;
  readonly ttl: Seconds;
  readonly maxTtl: Seconds;
  readonly create: readonly string[];
  readonly revoke: readonly string[];
}

export interface ServiceCertificates {
  readonly name: Name;
  readonly path: string;
  readonly domains: readonly string[];
  readonly use: 'server' | 'client';
  readonly ttl: Seconds;
}

/** @returns undefined where none is declared */
export function resolveEngines({
  engines,
  consumers,
}: Pick<Declaration, 'engines' | 'consumers'>): Engines | undefined {
  const { ssh, databases, pki } = engines;
  if (ssh === undefined && pki === undefined && Object.keys(databases).length === 0) {
    return undefined;
  }
  return {
    ssh: ssh === undefined ? undefined : { roles: byName(sshRoles(ssh.roles, consumers)) },
    databases: byName(
      Object.entries(databases).map(([key, declared]) => resolveDatabase(key as Name, declared)),
    ),
    pki:
      pki === undefined
        ? undefined
        : {
            commonName: pki.commonName,
            roles: byName(
              Object.entries(pki.roles).map(([key, role]) => ({
                ...role,
                name: key as Name,
                path: servicePaths.sign(key as Name),
              })),
            ),
          },
  };
}

/** One for each grant: what is granted to nobody is signed for nobody. */
function sshRoles(
  declared: NonNullable<Declaration['engines']['ssh']>['roles'],
  consumers: Declaration['consumers'],
): readonly SshRole[] {
  return Object.entries(consumers).flatMap(([key, consumer]) =>
    consumer.grants.flatMap((grant): readonly SshRole[] => {
      if (!('ssh' in grant)) return [];
      const role = declared[grant.ssh];
      if (role === undefined) throw new Error(`unchecked grant to the SSH role ${grant.ssh}`);
      const name = sshRoleName(grant.ssh, key as Name);
      return [
        {
          ...role,
          name,
          role: grant.ssh,
          consumer: key as Name,
          path: sshPaths.sign(name),
          from: sources(consumer),
        },
      ];
    }),
  );
}

function resolveDatabase(name: Name, declared: DatabaseDeclaration): Database {
  const { host, port, database, username, roles } = declared;
  const paths = databasePaths(name);
  return {
    name,
    host,
    port,
    database,
    username,
    caFile: declared.caCertificate === undefined ? undefined : databaseCaFile(name),
    paths,
    roles: byName(
      Object.entries(roles).map(([key, { ttl, maxTtl, memberOf, connections }]) => ({
        name: databaseRole(name, key as Name),
        role: key as Name,
        path: paths.credentials(key as Name),
        ttl,
        maxTtl,
        ...statements(memberOf, connections),
      })),
    ),
  };
}

/**
 * What PostgreSQL is told. Names are identifiers by their form, and OpenBao fills in the rest. Sessions act as
 * the role that they are a member of, so a user owns nothing and can be dropped; VALID UNTIL ends its logins
 * even where OpenBao cannot reach the server at its end (PostgreSQL documentation, CREATE ROLE).
 */
function statements(memberOf: string, connections: number) {
  return {
    create: [
      `CREATE ROLE "{{name}}" WITH LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}' ` +
        `CONNECTION LIMIT ${String(connections)} IN ROLE "${memberOf}"`,
      `ALTER ROLE "{{name}}" SET role = '${memberOf}'`,
    ],
    revoke: [
      `ALTER ROLE "{{name}}" NOLOGIN`,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{{name}}'`,
      `DROP ROLE IF EXISTS "{{name}}"`,
    ],
  };
}

function byName<T extends { readonly name: string }>(all: readonly T[]): readonly T[] {
  return [...all].sort((a, b) => (a.name < b.name ? -1 : 1));
}
