import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addresses, deploy, type ClientOptions, type Deployed } from '../deployed.ts';
import { startPostgresql, type Postgresql } from './postgresql.ts';

/** Put in once; whatever shows it later has leaked it. */
const canary = 'canary-password-of-the-maker-7d1f';

let place: string;
let database: Postgresql;
let deployed: Deployed;
let script: string;

const caOf =
  (pem: string) =>
  (contract: Contract): Contract => ({
    ...contract,
    ...(contract.engines === undefined
      ? {}
      : {
          engines: {
            ...contract.engines,
            databases: contract.engines.databases.map((one) => ({ ...one, caCertificate: pem })),
            connections: contract.engines.connections.map((one) => ({
              ...one,
              caFile: join(place, 'ca.pem'),
            })),
          },
        }),
  });
type Contract = Parameters<NonNullable<Parameters<Deployed['contractFile']>[1]>>[0];

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'backbone-postgresql-'));
  await chmod(place, 0o755);
  database = await startPostgresql(join(place, 'server'), 'inventory');
  await database.admin(`
    CREATE TABLE hosts (name text);
    INSERT INTO hosts VALUES ('web-1'), ('web-2');
    CREATE ROLE inventory_reader NOLOGIN;
    GRANT SELECT ON hosts TO inventory_reader;
    CREATE ROLE backbone LOGIN CREATEROLE PASSWORD '${canary}';
    GRANT inventory_reader TO backbone WITH ADMIN OPTION;
    GRANT pg_signal_backend TO backbone;
  `);
  await writeFile(join(place, 'ca.pem'), database.ca);
  const users = (ttl: string) => ({ memberOf: 'inventory_reader', ttl, maxTtl: '10m' });
  deployed = await deploy({
    engines: {
      databases: {
        inventory: {
          host: '127.0.0.1',
          port: database.port,
          database: 'inventory',
          username: 'backbone',
          roles: { reader: users('10m'), brief: users('3s'), other: users('10m') },
        },
      },
    },
    grants: {
      'terraform-agent': [{ database: 'inventory/reader' }, { database: 'inventory/brief' }],
    },
  });
  script = join(place, 'query.mjs');
  const pg = createRequire(import.meta.url).resolve('pg');
  await writeFile(
    script,
    `import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
const { Client } = createRequire(import.meta.url)(${JSON.stringify(pg)});
const client = new Client({ ssl: { ca: readFileSync(process.env.PGSSLROOTCERT, 'utf8') } });
await client.connect();
const { rows } = await client.query(process.argv[2]);
console.log(JSON.stringify({ user: process.env.PGUSER, rows, mode: process.env.PGSSLMODE, token: process.env.BAO_TOKEN }));
await client.end();
`,
  );
  const outcome = await operator(['db', 'connect'], `${canary}\n`);
  expect(outcome.stderr).toContain('a password that only OpenBao knows');
});
afterAll(async () => {
  await deployed.stop();
  await database.stop();
  await rm(place, { recursive: true, force: true });
});

async function operator(args: readonly string[], input?: string) {
  return deployed.bundle(args, {
    contract: await deployed.contractFile(undefined, caOf(database.ca)),
    localAddress: addresses.alice,
    env: { BAO_TOKEN: await deployed.operatorToken() },
    ...(input === undefined ? {} : { input }),
  });
}

async function agentOptions(): Promise<ClientOptions> {
  return {
    contract: await deployed.contractFile('terraform-agent', caOf(database.ca)),
    localAddress: addresses['terraform-agent'],
    env: { BAO_TOKEN: await deployed.tokenOf('terraform-agent') },
  };
}

const query = async (role: string, sql: string) =>
  deployed.bundle(['db', role, '--', process.execPath, script, sql], await agentOptions());

/** Users that the engine has made and that are there now. */
const users = async () =>
  (await database.admin(`SELECT rolname FROM pg_roles WHERE rolname LIKE 'v-%'`)).map(
    ({ rolname }) => String(rolname),
  );

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let looks = 0; looks < 1200; looks += 1) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`never: ${what}`);
}

/** A user by the API, so that nobody gives it up. */
async function made(role: string) {
  const token = await deployed.tokenOf('terraform-agent');
  const from = addresses['terraform-agent'];
  const answer = await deployed.admin('GET', `database/creds/inventory_${role}`, undefined, {
    token,
    from,
  });
  const { username, password } = answer['data'] as { username: string; password: string };
  return { username, password, lease: String(answer['lease_id']), token, from };
}

describe('backbone db', () => {
  it('runs a program as a user that is made for it and gone afterwards', async () => {
    const { exitCode, stdout, stderr } = await query(
      'inventory/reader',
      'SELECT count(*)::int AS hosts FROM hosts',
    );
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const told = JSON.parse(stdout) as { user: string; rows: unknown; mode: string };
    expect(told).toMatchObject({ rows: [{ hosts: 2 }], mode: 'verify-full' });
    expect(told).not.toHaveProperty('token');
    expect(told.user).toMatch(/^v-/);
    expect(await users()).toEqual([]);
  });

  it('gives the rights of its role and no others', async () => {
    const { exitCode, stderr } = await query('inventory/reader', `INSERT INTO hosts VALUES ('x')`);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('permission denied');
    expect(await users()).toEqual([]);
  });

  it('says what is granted where something else is asked for, and starts nothing', async () => {
    const { exitCode, stderr, stdout } = await query('inventory/other', 'SELECT 1');
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain('there are: inventory/brief, inventory/reader');
  });

  it("gives the program's exit status, and 127 where there is none", async () => {
    const options = await agentOptions();
    const exit = ['db', 'inventory/reader', '--', 'sh', '-c', 'exit 7'];
    expect(await deployed.bundle(exit, options)).toMatchObject({ exitCode: 7 });
    const none = ['db', 'inventory/reader', '--', '/nonexistent/program'];
    expect(await deployed.bundle(none, options)).toMatchObject({ exitCode: 127 });
    expect(await users()).toEqual([]);
  });
});

describe('a user of a database', () => {
  it('expires: no new session, the open one is ended, and it is gone', async () => {
    const { username, password } = await made('brief');
    await database
      .session(username, password)
      .then((session) => session.end())
      .catch((error: unknown) => {
        // On a machine that took longer than the user lives.
        expect(String(error)).toMatch(/password authentication failed|does not exist|terminat/);
      });
    await until('the user is gone', async () => !(await users()).includes(username));
    await expect(database.session(username, password)).rejects.toThrow(
      'password authentication failed',
    );
  });

  it('is there for longer where its role says so, and is revoked at once with its sessions', async () => {
    const { username, password, lease, token, from } = await made('reader');
    const session = await database.session(username, password);
    const ended = new Promise((resolve) => session.once('end', resolve));
    expect(await users()).toContain(username);
    const body = { lease_id: lease, sync: true };
    await deployed.admin('POST', 'sys/leases/revoke', body, { token, from });
    expect(await users()).not.toContain(username);
    await ended;
    await expect(database.session(username, password)).rejects.toThrow(
      'password authentication failed',
    );
  });

  it('goes with the token that it was made with', async () => {
    const { username, token, from } = await made('reader');
    await deployed.admin('POST', 'auth/token/revoke-self', undefined, { token, from });
    await until('the user is gone', async () => !(await users()).includes(username));
  });

  it('acts as its role, so what it makes is not its own', async () => {
    const { username, password, lease } = await made('reader');
    const session = await database.session(username, password);
    const { rows } = await session.query('SELECT current_user, session_user');
    expect(rows).toEqual([{ current_user: 'inventory_reader', session_user: username }]);
    await session.end();
    await deployed.admin('POST', 'sys/leases/revoke', { lease_id: lease, sync: true });
  });
});

describe('the connection', () => {
  it('has a password that nobody was told: the one it was made with is void', async () => {
    await expect(database.session('backbone', canary)).rejects.toThrow(
      'password authentication failed',
    );
  });

  it('is shown without it, and no log of OpenBao has it', async () => {
    const shown = await deployed.admin('GET', 'database/config/inventory');
    expect(JSON.stringify([shown, await deployed.audit()])).not.toContain(canary);
  });

  it.each<readonly [string, string, string]>([
    ['another role of the same database', 'GET', 'database/creds/inventory_other'],
    ['the connection', 'GET', 'database/config/inventory'],
    ['the roles', 'GET', 'database/roles/inventory_reader'],
    ['a change of its password', 'POST', 'database/rotate-root/inventory'],
  ])('gives a consumer not %s', async (_, method, path) => {
    const { status } = await deployed.ask({
      method: method as 'GET',
      path,
      token: await deployed.tokenOf('terraform-agent'),
      from: addresses['terraform-agent'],
    });
    expect(status).toBe(403);
  });

  it('says that it is refused with a wrong password, and leaves the old one in place', async () => {
    const { exitCode, stderr } = await operator(['db', 'connect', 'inventory'], 'wrong\n');
    expect(exitCode).toBe(1);
    expect(stderr).not.toContain('wrong');
    expect((await query('inventory/reader', 'SELECT 1')).exitCode).toBe(0);
  });
});
