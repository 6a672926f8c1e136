import { chown, cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { Client } from 'pg';
import { postgresql } from '../../../lab/parts/postgresql.ts';
import { createCa, issue } from '../../../lab/pki.ts';
import { freePorts } from '../../../lab/processes/port.ts';
import { startProcess, stopProcess, waitFor } from '../../../lab/processes/process.ts';

/** A real PostgreSQL on the loopback that takes passwords over TLS alone. */
export interface Postgresql {
  readonly port: number;
  /** PEM of the CA of its certificate. */
  readonly ca: string;
  /** A session; throws where PostgreSQL refuses it. */
  readonly session: (user: string, password: string) => Promise<Client>;
  /** One statement of the superuser. */
  readonly admin: (sql: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;
  readonly stop: () => Promise<void>;
}

/** nobody and nogroup of Debian; PostgreSQL refuses to run as root. */
const nobody = 65_534;

/**
 * @param directory  does not exist yet, in one that everybody may enter
 * @param database   is made, with TLS and no trust
 */
export async function startPostgresql(directory: string, database: string): Promise<Postgresql> {
  const part = await postgresql(() => undefined);
  const isRoot = process.getuid?.() === 0;
  await mkdir(directory, { recursive: true, mode: 0o755 });
  const inside = (name: string) => join(directory, name);
  const own = async (path: string) => {
    if (isRoot) await chown(path, nobody, nobody);
  };
  // Root's cache is closed to others.
  const programs = isRoot ? inside('programs') : part.path;
  if (isRoot) await cp(part.path, programs, { recursive: true, verbatimSymlinks: true });
  const demoted = (command: string, args: readonly string[]): [string, string[]] =>
    isRoot
      ? [
          'setpriv',
          [`--reuid=${String(nobody)}`, `--regid=${String(nobody)}`, '--clear-groups', '--']
            .concat(command)
            .concat(args),
        ]
      : [command, [...args]];

  const [port = 0] = await freePorts(1);
  const ca = await createCa('Database CA');
  const leaf = await issue(ca, { commonName: 'postgresql', addresses: ['127.0.0.1'] });
  const superuser = 'superuser-password-of-this-test';
  const files = [
    ['password', superuser],
    ['tls.pem', leaf.certificate],
    ['tls.key', leaf.privateKey],
  ] as const;
  for (const [name, content] of files) {
    await writeFile(inside(name), content, { mode: 0o600 });
    await own(inside(name));
  }
  await mkdir(inside('data'), { mode: 0o700 });
  await own(inside('data'));
  const [initdb, initArgs] = demoted(join(programs, 'bin', 'initdb'), [
    ...['-D', inside('data'), '-U', 'postgres', '--auth=scram-sha-256', '--no-sync'],
    ...[`--pwfile=${inside('password')}`, '--locale=C', '--encoding=UTF8'],
  ]);
  await execa(initdb, initArgs, { cwd: directory });
  await writeFile(inside('data/pg_hba.conf'), 'hostssl all all 127.0.0.1/32 scram-sha-256\n');
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    ssl: 'on',
    ssl_cert_file: inside('tls.pem'),
    ssl_key_file: inside('tls.key'),
    fsync: 'off',
  };
  const [server, args] = demoted(join(programs, 'bin', 'postgres'), [
    ...['-D', inside('data')],
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]);
  const log = inside('postgresql.log');
  const running = await startProcess({ command: server, args }, log);
  const open = async (user: string, password: string, name: string) => {
    const client = new Client({
      ...{ host: '127.0.0.1', port, database: name, user, password },
      ssl: { ca: ca.certificate },
    });
    // A session that the server ends is what some tests wait for.
    client.on('error', () => undefined);
    await client.connect();
    return client;
  };
  const admin = async (sql: string, name = 'postgres') => {
    const client = await open('postgres', superuser, name);
    try {
      const { rows } = await client.query<Readonly<Record<string, unknown>>>(sql);
      return rows;
    } finally {
      await client.end();
    }
  };
  await waitFor('PostgreSQL', running, log, () => admin('SELECT 1').then(Boolean, () => false), 60);
  await admin(`CREATE DATABASE ${database}`);
  return {
    port,
    ca: ca.certificate,
    session: (user, password) => open(user, password, database),
    admin: (sql) => admin(sql, database),
    stop: () => stopProcess(running),
  };
}
