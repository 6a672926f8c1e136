import { existsSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arrive, isAlive, ledgerOf, readEnvelope, secretIdsOf, unwrap } from '../acts.ts';
import { addresses, deploy, type Deployed } from '../deployed.ts';

let deployed: Deployed;
let issuer: { readonly env: Record<string, string>; readonly localAddress: string };
beforeAll(async () => {
  deployed = await deploy();
  issuer = {
    env: { BAO_TOKEN: await deployed.tokenOf('secret-id-issuer') },
    localAddress: addresses.issuer,
  };
});
afterAll(() => deployed.stop());

const modeOf = async (file: string) => ((await stat(file)).mode & 0o777).toString(8);
const issue = (...args: readonly string[]) => ['secret-id', 'issue', ...args];

describe('secret-id issue', () => {
  it('puts an envelope into a new file of its owner, which lets the consumer in', async () => {
    const home = await deployed.home();
    const out = join(home, 'unpoller.secret-id');
    const done = await deployed.bundle(issue('unpoller', '--out', out), { ...issuer, home });
    expect(done).toMatchObject({ exitCode: 0, stdout: '' });
    expect(await modeOf(out)).toBe('600');

    const envelope = await readEnvelope(out);
    expect(envelope).toMatchObject({ version: 1, consumer: 'unpoller' });
    expect(done.stderr).toContain(envelope.accessor);
    expect(done.stderr).not.toContain(envelope.wrapping_token);
    const token = await arrive(deployed, 'unpoller', {
      token: envelope.wrapping_token,
      roleId: envelope.role_id,
      accessor: envelope.accessor,
    });
    expect(await isAlive(deployed, token, addresses.unpoller)).toBe(true);
  });

  it('writes down who got what until when, and no secret, in a file of its owner', async () => {
    const home = await deployed.home();
    const out = join(home, 'out');
    const times = ['--wrap-ttl', '2m', '--arrive-within', '90s'];
    await deployed.bundle(issue('grafana', '--out', out, ...times), { ...issuer, home });
    const envelope = await readEnvelope(out);

    const [intended, minted, ...more] = await ledgerOf(home);
    expect(more).toEqual([]);
    expect(intended).toMatchObject({ event: 'intended', consumer: 'grafana' });
    expect(minted).toMatchObject({
      event: 'minted',
      id: intended?.['id'],
      accessor: envelope.accessor,
      consumer: 'grafana',
      expires: envelope.expires,
    });
    const after = (key: string) =>
      (Date.parse(minted?.[key] ?? '') - Date.parse(minted?.['at'] ?? '')) / 1000;
    expect([after('arriveBy'), after('expires'), after('secretIdExpires')]).toEqual([90, 120, 600]);

    const file = join(home, '.local/state/credential-backbone/ledger.jsonl');
    const text = await readFile(file, 'utf8');
    expect(text).not.toContain(envelope.wrapping_token);
    const secretId = await unwrap(deployed, envelope.wrapping_token, addresses.grafana);
    expect(text).not.toContain(secretId);
    expect(await modeOf(file)).toBe('600');
  });

  it('overwrites nothing, and destroys what it could not hand over', async () => {
    const home = await deployed.home();
    const out = join(home, 'taken');
    await writeFile(out, 'somebody else waits here');
    const before = await secretIdsOf(deployed, 'unpoller');
    const done = await deployed.bundle(issue('unpoller', '--out', out), { ...issuer, home });
    expect(done.exitCode).toBe(1);
    expect(done.stderr).toContain('is there already');
    expect(await readFile(out, 'utf8')).toBe('somebody else waits here');
    expect(await secretIdsOf(deployed, 'unpoller')).toEqual(before);
    expect((await ledgerOf(home)).at(-1)).toMatchObject({ event: 'destroyed' });
  });

  it('gives bao agent a bare token and a role id', async () => {
    const home = await deployed.home();
    const [token, roleId] = [join(home, 'token'), join(home, 'role-id')];
    const args = issue('unpoller', '--token-file', token, '--role-id-file', roleId);
    expect(await deployed.bundle(args, { ...issuer, home })).toMatchObject({ exitCode: 0 });
    expect([await modeOf(token), await modeOf(roleId)]).toEqual(['600', '600']);
    const { data } = await deployed.admin('GET', 'auth/approle/role/unpoller/role-id');
    expect((await readFile(roleId, 'utf8')).trim()).toBe((data as { role_id: string }).role_id);
    const wrapping = (await readFile(token, 'utf8')).trim();
    expect(await unwrap(deployed, wrapping, addresses.unpoller)).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('writes into an open descriptor, and refuses one that is not', async () => {
    const home = await deployed.home();
    const { env, file } = await deployed.environment({ ...issuer, home });
    const command = [file, ...issue('unpoller', '--fd', '3')];
    const { stdio, exitCode } = await execa(process.execPath, command, {
      env,
      extendEnv: false,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdio[3])).toMatchObject({ version: 1, consumer: 'unpoller' });

    const before = await secretIdsOf(deployed, 'unpoller');
    const closed = await deployed.bundle(issue('unpoller', '--fd', '99'), issuer);
    expect(closed).toMatchObject({ exitCode: 1 });
    expect(closed.stderr).toContain('is not open');
    expect(await secretIdsOf(deployed, 'unpoller')).toEqual(before);
  });

  it('shows nothing on a terminal', async () => {
    const home = await deployed.home();
    const { env, file } = await deployed.environment({ ...issuer, home });
    const before = await secretIdsOf(deployed, 'unpoller');
    // Python's pty gives the command a terminal on 0, 1 and 2, and its exit status.
    const inTerminal =
      'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))';
    const command = [process.execPath, file, ...issue('unpoller', '--fd', '1')];
    const { exitCode, stdout } = await execa('python3', ['-c', inTerminal, ...command], {
      env,
      extendEnv: false,
      reject: false,
      stdin: 'ignore',
    });
    expect(exitCode).toBe(1);
    expect(stdout).toContain('is a terminal');
    expect(await secretIdsOf(deployed, 'unpoller')).toEqual(before);
  });

  it('puts it into the environment of a command, without what makes others', async () => {
    const home = await deployed.home();
    const out = join(home, 'env.json');
    const script = `require('fs').writeFileSync(${JSON.stringify(out)}, JSON.stringify(process.env)); process.exit(7)`;
    const args = issue('terraform-agent', '--', process.execPath, '-e', script);
    const env = { ...issuer.env, VAULT_TOKEN: 'x', BAO_TOKEN_FILE: '/x', BAO_SECRET_ID: 'x' };
    const done = await deployed.bundle(args, { ...issuer, env, home });
    expect(done.exitCode).toBe(7);

    const given = JSON.parse(await readFile(out, 'utf8')) as Record<string, string>;
    for (const name of Object.keys(env)) expect(given).not.toHaveProperty(name);
    expect(JSON.stringify(given)).not.toContain(issuer.env['BAO_TOKEN']);
    expect(given['BAO_ADDR']).toBe(deployed.server.address);
    expect(await readFile(given['BAO_CACERT'] ?? '', 'utf8')).toBe(deployed.server.ca);
    expect(Date.parse(given['BAO_WRAPPED_SECRET_ID_EXPIRES'] ?? '')).toBeGreaterThan(Date.now());
    await arrive(deployed, 'terraform-agent', {
      token: given['BAO_WRAPPED_SECRET_ID'] ?? '',
      roleId: given['BAO_ROLE_ID'] ?? '',
      accessor: given['BAO_SECRET_ID_ACCESSOR'] ?? '',
    });
  });

  it('lets an operator become the issuer for one call, and leaves no token behind', async () => {
    const home = await deployed.home();
    const out = join(home, 'out');
    const token = await deployed.operatorToken();
    const tokens = async () =>
      ((await deployed.admin('LIST', 'auth/token/accessors'))['data'] as { keys: string[] }).keys;
    const before = await tokens();
    const done = await deployed.bundle(issue('unpoller', '--out', out), {
      env: { BAO_TOKEN: token },
      localAddress: addresses.alice,
      home,
    });
    expect(done).toMatchObject({ exitCode: 0 });
    const { wrapping_token } = await readEnvelope(out);
    // A wrapping token is one, too, and is to stay.
    const { data } = await deployed.admin('POST', 'auth/token/lookup', { token: wrapping_token });
    const left = (await tokens()).filter((one) => !before.includes(one));
    expect(left).toEqual([(data as { accessor: string }).accessor]);
    expect(await isAlive(deployed, token, addresses.alice)).toBe(true);
  });
});

describe('secret-id issue refuses', () => {
  const refused = async (
    args: readonly string[],
    options: Parameters<Deployed['bundle']>[1],
    says: string,
  ) => {
    const done = await deployed.bundle(args, options);
    expect(done).toMatchObject({ exitCode: 1, stdout: '' });
    expect(done.stderr).toContain(says);
    expect(done.stderr).not.toContain('    at ');
  };

  it('anybody who is neither issuer nor operator', async () => {
    const env = { BAO_TOKEN: await deployed.tokenOf('unpoller') };
    const out = join(deployed.directory, 'never');
    const options = { env, localAddress: addresses.unpoller };
    await refused(issue('unpoller', '--out', out), options, 'is neither of secret-id-issuer');
    expect(existsSync(out)).toBe(false);
  });

  it('the contract of a consumer', async () => {
    const options = { ...issuer, contract: await deployed.contractFile('unpoller') };
    const out = join(deployed.directory, 'never');
    await refused(issue('unpoller', '--out', out), options, 'that of a consumer');
  });

  it.each([
    ['an unknown consumer', ['nobody', '--out', 'x'], 'there are: alice'],
    ['no way to hand it over', ['unpoller'], 'one way to hand it over'],
    ['two ways', ['unpoller', '--out', 'x', '--fd', '3'], 'one way to hand it over'],
    [
      'a wrapping outside the bounds',
      ['unpoller', '--out', 'x', '--wrap-ttl', '1h'],
      'lives between',
    ],
    ['no duration', ['unpoller', '--out', 'x', '--wrap-ttl', '-5m'], 'argument'],
    ['a long role', ['__proto__', '--out', 'x'], 'no such consumer'],
    ['an option for uses', ['unpoller', '--out', 'x', '--uses', '0'], '--uses'],
  ])('%s', async (_, args, says) => {
    const before = await secretIdsOf(deployed, 'unpoller');
    await refused(issue(...args), issuer, says);
    expect(await secretIdsOf(deployed, 'unpoller')).toEqual(before);
  });
});
