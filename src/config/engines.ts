import { z } from 'zod';
import { address, name, seconds } from './brands.ts';

/** A user name as sshd and people write it; no comma and no pattern, which would make it several. */
const principal = z
  .string()
  .regex(
    /^[a-z_][a-z0-9_-]{0,31}$/,
    'one name: lower-case letters, digits, "_" and "-", no wildcard',
  );

const sshRole = z
  .strictObject({
    principals: z
      .array(principal)
      .min(1)
      .describe('names that its certificates have; hosts say which of their users these may be'),
    ttl: seconds
      .prefault('5m')
      .describe('life of a certificate; a session that is open stays open'),
    extensions: z
      .array(z.enum(['permit-pty', 'permit-port-forwarding', 'permit-agent-forwarding']))
      .default(['permit-pty'])
      .describe('what a session may have beside its command'),
  })
  .describe('certificates for people and for Ansible, signed for a key that lives as long as they');

const ssh = z
  .strictObject({
    roles: z.record(name, sshRole).describe('kinds of certificates by name'),
  })
  .describe('an SSH certificate authority for users; its key is made in OpenBao and stays there');

/** An identifier of PostgreSQL that needs no escaping inside quotes (63 bytes, NAMEDATALEN). */
const identifier = z
  .string()
  .regex(/^[a-z_][a-z0-9_]{0,62}$/, 'a name of PostgreSQL: lower-case letters, digits and "_"');

const databaseRole = z
  .strictObject({
    memberOf: identifier.describe(
      'role of PostgreSQL whose rights its users have, and who owns what they make',
    ),
    ttl: seconds.describe('life of a user without renewals'),
    maxTtl: seconds.describe('longest life of a user'),
    connections: z
      .number()
      .int()
      .min(1)
      .max(100)
      .default(5)
      .describe('connections that one user may have at once'),
  })
  .describe('users that are made at each request and removed at their end');

const database = z
  .strictObject({
    host: z
      .union([address, z.string().regex(/^[a-z0-9-]+(\.[a-z0-9-]+)*$/)], {
        error: 'an address, or a host name in lower case',
      })
      .describe('address or name of PostgreSQL; its TLS certificate has to be of it'),
    port: z.number().int().min(1).max(65_535).default(5432).describe('its port'),
    database: identifier.describe('database that clients connect to'),
    username: identifier.describe(
      'role of PostgreSQL that makes the users: LOGIN, CREATEROLE and no superuser; `backbone db connect` gives its password to OpenBao, which changes it at once',
    ),
    caCertificate: z
      .string()
      .min(1)
      .optional()
      .describe(
        "PEM file of the CA of its TLS certificate, relative to the declaration; default: the system's CAs",
      ),
    roles: z.record(name, databaseRole).describe('kinds of users by name'),
  })
  .describe('a PostgreSQL server');

const domain = z
  .string()
  .regex(
    /^(?=.{1,64}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/,
    'an exact host name of at least two labels in lower case, at most 64 characters, no wildcard',
  );

const pki = z
  .strictObject({
    commonName: z
      .string()
      .regex(/^[\w .-]{1,64}$/, 'at most 64 letters, digits, spaces and "_.-"')
      .default('credential-backbone services')
      .describe('name of the CA'),
    roles: z
      .record(
        name,
        z
          .strictObject({
            domains: z.array(domain).min(1).describe('exact names that certificates may have'),
            use: z
              .enum(['server', 'client'])
              .default('server')
              .describe('what the certificates are good for'),
            ttl: seconds.describe('life of a certificate'),
          })
          .describe('certificates for keys that stay where they were made'),
      )
      .describe('kinds of certificates by name'),
  })
  .describe(
    'a certificate authority for services; another than that of the consumers, which logs nobody in',
  );

/** Dynamic credentials beside AWS. What is not declared is not mounted. */
export const engines = z
  .strictObject({
    ssh: ssh.optional(),
    databases: z.record(name, database).default({}).describe('databases by name'),
    pki: pki.optional(),
  })
  .prefault({})
  .describe(
    'engines of OpenBao for other dynamic credentials; the stack is deployed if there is one',
  );

export type EnginesDeclaration = z.infer<typeof engines>;
export type DatabaseDeclaration =
  EnginesDeclaration['databases'][keyof EnginesDeclaration['databases']];

/** How a grant names the role of a database: `<database>/<role>`. */
export const databaseRoleName = z
  .string()
  .regex(/^[a-z0-9-]+\/[a-z0-9-]+$/, 'a database and one of its roles, as inventory/reader');
