import type { ConnectionContract } from '../../contract/engines.ts';
import { call, type Connection } from '../openbao.ts';

/**
 * Connects OpenBao to a database, and has it change the password that it was given: from then on nobody knows
 * it, and no other program can be who makes users there.
 *
 * @throws UserError  the database refused, or cannot be reached over TLS by OpenBao
 */
export async function connectDatabase(
  connection: Connection,
  { host, port, database, username, caFile, path, rotateRoot, roles }: ConnectionContract,
  password: string,
): Promise<void> {
  const server = host.includes(':') ? `[${host}]` : host;
  const tls = new URLSearchParams({
    sslmode: 'verify-full',
    ...(caFile === undefined ? {} : { sslrootcert: caFile }),
  }).toString();
  await call(connection, {
    method: 'POST',
    path,
    body: {
      plugin_name: 'postgresql-database-plugin',
      connection_url: `postgresql://{{username}}:{{password}}@${server}:${String(port)}/${database}?${tls}`,
      username,
      password,
      allowed_roles: roles,
      verify_connection: true,
      // Kept by PostgreSQL as a hash that the password cannot be learnt from, not even by its log.
      password_authentication: 'scram-sha-256',
    },
    patience: 30_000,
  });
  await call(connection, { method: 'POST', path: rotateRoot, body: {}, patience: 30_000 });
}
