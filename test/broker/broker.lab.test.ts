import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hashOfValue } from '../../lab/github/repositories.ts';
import { addresses } from '../client/deployed.ts';
import { appKey, gitEnvironment } from '../lab/github/running-double.ts';
import { searchMemory } from '../search-memory.ts';
import { here, openSite, type Site } from './site.ts';

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site.stop());
beforeEach(() => {
  site.github.double.clock.shift(0);
  site.github.double.faults.plan(undefined);
});

const asked = async (body: unknown, from?: string) =>
  site.call('POST', '/token', {
    body,
    proof: await site.proofOf('agent'),
    ...(from === undefined ? {} : { from }),
  });
const wish = { context: 'homelab', repositories: ['homelab'], permissions: { contents: 'write' } };

const mints = () =>
  site.github.double.requests.filter((line) => line.endsWith('/access_tokens')).length;

describe('the key of the App', () => {
  const bring = async (pem: string, ...more: readonly string[]) =>
    site.deployed.bundle(['github', 'import-key', '-', ...more], {
      input: pem,
      contract: await site.contractFile(),
      localAddress: addresses.alice,
      env: { BAO_TOKEN: await site.deployed.operatorToken() },
    });

  it('is not there at first, and the broker says so', async () => {
    expect(await asked(wish)).toMatchObject({ status: 503, body: { error: 'no-key' } });
  });

  it('is refused where GitHub does not know it, and where it is none', async () => {
    expect(await bring(appKey().pem)).toMatchObject({ exitCode: 1 });
    expect(await bring('not a key')).toMatchObject({ exitCode: 1 });
  });

  it('is brought by an operator, once', async () => {
    const first = await bring(site.github.key.pem);
    expect(first.stderr + first.stdout).toContain('version 1');
    expect(first.exitCode).toBe(0);
    expect((await bring(site.github.key.pem)).stdout).toContain('nothing to do');
    expect(await asked(wish)).toMatchObject({ status: 201 });
  });

  it('can be used by the broker in one way alone, and taken away by nobody', async () => {
    const token = await site.brokerToken();
    const base = { token, from: here.broker };
    const sign = (path: string, body: object) =>
      site.deployed.ask({ ...base, method: 'POST', path, body }).then(({ status }) => status);
    const good = { input: 'aGk=', signature_algorithm: 'pkcs1v15' };
    expect(await sign('transit/sign/github-app/sha2-256', good)).toBe(200);
    for (const [path, body] of [
      ['transit/sign/github-app/sha2-256', { ...good, signature_algorithm: 'pss' }],
      ['transit/sign/github-app/sha2-256', { input: 'aGk=' }],
      ['transit/sign/github-app/sha2-256', { ...good, prehashed: true }],
      ['transit/sign/github-app/sha2-256', { ...good, key_version: 1 }],
      ['transit/sign/github-app/sha2-512', good],
      ['transit/sign/github-app', good],
      ['transit/sign/another/sha2-256', good],
      ['transit/decrypt/github-app', { ciphertext: 'vault:v1:AAAA' }],
      ['transit/encrypt/github-app', { plaintext: 'aGk=' }],
      ['transit/keys/github-app/config', { exportable: true }],
      ['transit/keys/github-app/config', { deletion_allowed: true }],
      ['transit/keys/github-app/import_version', {}],
      ['transit/keys/github-app/rotate', {}],
    ] as const) {
      expect([path, await sign(path, body)]).toEqual([path, 403]);
    }
    for (const [method, path] of [
      ['GET', 'transit/export/signing-key/github-app'],
      ['GET', 'transit/backup/github-app'],
      ['GET', 'transit/keys/github-app'],
      ['DELETE', 'transit/keys/github-app'],
      ['DELETE', 'sys/mounts/transit'],
    ] as const) {
      const { status } = await site.deployed.ask({ ...base, method, path });
      expect([path, status]).toEqual([path, 403]);
    }
    // Not even root gets it out: it is the key that forbids it, not a policy.
    for (const [method, path] of [
      ['GET', 'transit/export/signing-key/github-app'],
      ['GET', 'transit/backup/github-app'],
      ['DELETE', 'transit/keys/github-app'],
    ] as const) {
      const { status } = await site.deployed.ask({ method, path });
      expect([path, status >= 400]).toEqual([path, true]);
    }
  });

  it('can be brought by an operator in no form that gives it out', async () => {
    const token = await site.deployed.operatorToken();
    const { status } = await site.deployed.ask({
      ...{ method: 'POST', path: 'transit/keys/github-app/import', token, from: addresses.alice },
      body: { ciphertext: 'AAAA', hash_function: 'SHA256', type: 'rsa-2048', exportable: true },
    });
    expect(status).toBe(403);
  });

  it('is replaced with overlap: both are valid at GitHub, the newest signs', async () => {
    const next = appKey();
    const { app } = site.github.double.state;
    app.publicKeys.push(next.publicPem);
    expect((await bring(next.pem)).stdout).toContain('version 2');
    expect(await asked(wish)).toMatchObject({ status: 201 });
    app.publicKeys.shift();
    expect(await asked(wish)).toMatchObject({ status: 201 });
    // Without the new one there, the broker says what it is.
    app.publicKeys.splice(0);
    expect(await asked(wish)).toMatchObject({ status: 502, body: { error: 'github-401' } });
    app.publicKeys.push(site.github.key.publicPem, next.publicPem);
  });
});

describe('a token', () => {
  it('is what was asked for, or what the context has', async () => {
    const less = await asked({ ...wish, permissions: { contents: 'read' } });
    expect(less.body).toMatchObject({
      account: 'example-org',
      repositories: ['homelab'],
      permissions: { contents: 'read', metadata: 'read' },
    });
    expect((await asked({ context: 'homelab' })).body).toMatchObject({
      permissions: { contents: 'write' },
    });
  });

  it.each([
    ['the sibling repository', 403, { ...wish, repositories: ['sibling'] }],
    ['both', 403, { ...wish, repositories: ['homelab', 'sibling'] }],
    ['another permission', 403, { ...wish, permissions: { contents: 'write', issues: 'read' } }],
    ['no repository, which would be all', 400, { ...wish, repositories: [] }],
    ['no permission, which would be all', 400, { ...wish, permissions: {} }],
    ['the right to delete', 403, { ...wish, permissions: { administration: 'write' } }],
    ["another's context", 403, { context: 'dotfiles' }],
    ['a context that is not there', 403, { context: 'nothing' }],
    ['a context for verbs', 403, { context: 'maker' }],
    ['__proto__', 400, { context: '__proto__' }],
    ['a pattern', 400, { ...wish, repositories: ['*'] }],
    ['more fields', 400, { ...wish, installation: 72 }],
  ])('is refused for %s, and GitHub is not asked', async (_, status, body) => {
    const before = mints();
    expect((await asked(body)).status).toBe(status);
    expect(mints()).toBe(before);
  });

  it('is given to nobody without a proof, with a used one, or from elsewhere', async () => {
    expect((await site.call('POST', '/token', { body: wish })).status).toBe(401);
    const proof = await site.proofOf('agent');
    const first = await site.call('POST', '/token', { body: wish, proof });
    expect(first.status).toBe(201);
    const second = await site.call('POST', '/token', { body: wish, proof });
    expect(second.status).toBe(401);
    expect((await asked(wish, here.pusher)).status).toBe(403);
    const [head = '', body = '', signature = ''] = (await site.proofOf('agent')).split('.');
    const forged = Buffer.from(
      JSON.stringify({ ...JSON.parse(Buffer.from(body, 'base64url').toString()), name: 'pusher' }),
    ).toString('base64url');
    for (const bad of [`${head}.${forged}.${signature}`, `${head}.${body}.`, 'none']) {
      expect((await site.call('POST', '/token', { body: wish, proof: bad })).status).toBe(401);
    }
  });

  it('is revoked when it is given up', async () => {
    const { body } = await asked(wish);
    const token = String(body['token']);
    const see = async () =>
      (await site.github.call('GET', '/repos/example-org/homelab', token)).status;
    expect(await see()).toBe(200);
    const gone = await site.call('DELETE', '/token', {
      body: { token },
      proof: await site.proofOf('agent'),
    });
    expect(gone.status).toBe(204);
    expect(await see()).toBe(401);
  });

  it('that may more than was asked for is revoked and not given on', async () => {
    site.github.double.faults.plan({ how: 'wider', on: 'access_tokens' });
    expect(await asked(wish)).toMatchObject({ status: 502, body: { error: 'wider' } });
    expect(site.github.double.requests.at(-1)).toBe('DELETE /api/v3/installation/token');
  });
});

describe('what goes wrong', () => {
  it.each(['broken', 'lose-answer'] as const)('%s at GitHub: asked once', async (how) => {
    site.github.double.faults.plan({ how, times: 5, on: 'access_tokens' });
    const before = mints();
    expect((await asked(wish)).status).toBe(502);
    expect(mints()).toBe(before + 1);
    const health = await site.call('GET', '/health', {});
    expect(health).toMatchObject({ status: 503, body: { openbao: 'ok', github: 'failing' } });
    site.github.double.faults.plan(undefined);
    expect((await asked(wish)).status).toBe(201);
    expect(await site.call('GET', '/health', {})).toMatchObject({ status: 200 });
  });

  it('a body that is too long or no JSON', async () => {
    const proof = await site.proofOf('agent');
    expect((await site.call('POST', '/token', { body: 'x'.repeat(70_000), proof })).status).toBe(
      413,
    );
    expect((await site.call('POST', '/token', { body: '{"context":', proof })).status).toBe(400);
  });

  it('OpenBao sealed: said as such, apart from GitHub', async () => {
    await site.deployed.seal();
    const health = await site.call('GET', '/health', {});
    expect(health).toMatchObject({ status: 503, body: { openbao: 'sealed', github: 'ok' } });
    await site.deployed.restart();
    expect((await site.call('GET', '/health', {})).body).toMatchObject({ openbao: 'ok' });
    expect((await asked(wish)).status).toBe(201);
  });
});

describe('verbs', () => {
  const use = async (verb: string, body: unknown, key: string) =>
    site.call('POST', `/verbs/${verb}`, { body, key, proof: await site.proofOf('agent') });
  const maker = { context: 'maker' };

  it('set a secret, and add a deploy key, each with a token that is dead afterwards', async () => {
    const value = 'canary-actions-secret';
    const put = await use(
      'set-secret',
      { ...maker, repository: 'homelab', name: 'KEY', value },
      'key-secret-1',
    );
    expect(put).toMatchObject({ status: 200, body: { name: 'KEY', created: true } });
    const { repositories, tokens } = site.github.double.state;
    expect(repositories[0]?.secrets.get('KEY')).toBe(hashOfValue(value));
    const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB9Q';
    const added = await use(
      'add-deploy-key',
      { ...maker, repository: 'homelab', title: 'ci', key },
      'key-deploy-1',
    );
    expect(added).toMatchObject({ status: 200, body: { read_only: true } });
    for (const token of tokens.slice(-2)) expect(token.revoked).toBe(true);
    const sibling = { ...maker, repository: 'sibling', title: 'ci', key };
    expect((await use('add-deploy-key', sibling, 'key-deploy-2')).status).toBe(403);
    expect(site.printed()).not.toContain(value);
  });

  it('make repositories: once a key, three in an hour, over a kill', async () => {
    const make = (name: string, key: string) => use('create-repo', { ...maker, name }, key);
    expect(await make('one', 'key-one-1')).toMatchObject({ status: 200, body: { private: true } });
    expect(await make('one', 'key-one-1')).toMatchObject({ status: 200 });
    expect(await make('other', 'key-one-1')).toMatchObject({ status: 409 });
    // Refused by GitHub: it counts as none.
    expect(await make('one', 'key-one-2')).toMatchObject({ status: 422 });
    expect(await make('two', 'key-two-1')).toMatchObject({ status: 200 });
    await site.kill('SIGKILL');
    await site.start();
    expect(await make('two', 'key-two-1')).toMatchObject({ status: 200 });
    site.github.double.faults.plan({ how: 'lose-answer', on: '/orgs/' });
    expect(await make('three', 'key-three-1')).toMatchObject({ status: 502 });
    expect(await make('three', 'key-three-1')).toMatchObject({ status: 409 });
    const fourth = await make('four', 'key-four-1');
    expect(fourth).toMatchObject({ status: 429, body: { error: 'too-many' } });
    expect(Number(fourth.retryAfter)).toBeGreaterThan(3_000);
    const made = site.github.double.state.repositories.map(({ name }) => name);
    expect(made.filter((name) => ['one', 'two', 'three', 'four'].includes(name))).toHaveLength(3);
  });

  it('do not exist to delete a repository, or without being allowed', async () => {
    expect((await use('delete-repo', { ...maker, name: 'one' }, 'key-delete-1')).status).toBe(404);
    const body = { context: 'homelab', name: 'five' };
    expect((await use('create-repo', body, 'key-five-1')).status).toBe(403);
    expect((await use('create-repo', { ...maker, name: 'six' }, '')).status).toBe(400);
  });
});

describe('git', () => {
  it('pushes through the credential helper, and no more after the hour or to the sibling', async () => {
    const home = await site.deployed.home('pusher');
    const contract = await site.contractFile('pusher');
    // The container arrives: its certificate is what the broker sees.
    const { wrap_info } = await site.deployed.admin(
      'POST',
      'auth/approle/role/pusher/secret-id',
      undefined,
      { wrap: '5m' },
    );
    const roleId = (await site.deployed.admin('GET', 'auth/approle/role/pusher/role-id'))[
      'data'
    ] as { role_id: string };
    const wrapping = join(home, 'wrapped');
    await writeFile(wrapping, (wrap_info as { token: string }).token, { mode: 0o600 });
    await writeFile(join(home, 'role-id'), roleId.role_id, { mode: 0o600 });
    const options = { home, contract, localAddress: here.pusher };
    const arrived = await site.deployed.bundle(
      ['bootstrap', '--token-file', wrapping, '--role-id-file', join(home, 'role-id')],
      options,
    );
    expect(arrived).toMatchObject({ exitCode: 0 });

    const { env, file } = await site.deployed.environment(options);
    const helper = `!${process.execPath} ${file} git-credential`;
    const work = join(home, 'work');
    await mkdir(work);
    const git = async (...args: readonly string[]) => {
      const given = ['-c', `credential.helper=${helper}`, '-c', 'credential.useHttpPath=true'];
      const { exitCode, stderr } = await execa('git', ['-C', work, ...given, ...args], {
        env: { ...gitEnvironment(home, site.github.caFile), ...env },
        extendEnv: false,
        reject: false,
      });
      return { exitCode, stderr };
    };
    await writeFile(join(work, 'README'), 'pushed');
    await git('init', '--quiet', '--initial-branch=main');
    await git('add', '.');
    await git('commit', '--quiet', '-m', 'first');
    const url = (name: string) => `${site.github.double.url}/example-org/${name}.git`;
    expect(await git('push', '--quiet', url('homelab'), 'main')).toMatchObject({ exitCode: 0 });
    expect((await git('push', '--quiet', url('sibling'), 'main')).exitCode).not.toBe(0);
    const last = site.audit().findLast(({ event }) => event === 'token');
    expect(last).toMatchObject({ consumer: 'pusher', by: 'certificate', address: here.pusher });

    // Its certificate from another address, and revoked.
    const elsewhere = await site.deployed.bundle(['github', 'token', 'homelab'], {
      ...options,
      localAddress: addresses.thief,
    });
    expect(elsewhere.exitCode).toBe(1);
    expect(elsewhere.stderr).toContain('403');
    // A token of an hour ago is dead: git does not get in with it.
    const { stdout: token } = await site.deployed.bundle(['github', 'token', 'homelab'], options);
    const push = () =>
      site.github.git(['-C', work, 'push', '--quiet', url('homelab'), 'main'], token.trim());
    expect(await push()).toMatchObject({ exitCode: 0 });
    site.github.double.clock.shift(3_601);
    expect((await push()).exitCode).not.toBe(0);
  });

  it('gives a command GH_TOKEN, and takes it back when that ends', async () => {
    const { stdout, exitCode, stderr } = await site.deployed.bundle(
      ['run', '--allow-disk', '--', 'sh', '-c', 'printf %s "$GH_TOKEN"'],
      {
        home: await site.deployed.home('pusher'),
        contract: await site.contractFile('pusher'),
        localAddress: here.pusher,
      },
    );
    expect([exitCode, stderr]).toEqual([0, expect.not.stringContaining('refused')]);
    expect(stdout).toMatch(/^ghs_/);
    expect((await site.github.call('GET', '/repos/example-org/homelab', stdout)).status).toBe(401);
  });
});

describe('a limit of GitHub', () => {
  it('is kept by all: GitHub is left alone until its time', async () => {
    site.github.double.faults.plan({ how: 'secondary', retryAfter: 600, on: 'access_tokens' });
    const first = await asked(wish);
    expect(first).toMatchObject({ status: 429, retryAfter: '600' });
    const before = site.github.double.requests.length;
    const second = await asked(wish);
    expect(second.status).toBe(429);
    expect(Number(second.retryAfter)).toBeGreaterThan(0);
    expect(site.github.double.requests.length).toBe(before);
    expect((await site.call('GET', '/health', {})).body).toMatchObject({ github: 'held' });
  });
});

describe('secrets', () => {
  it('of the App and of GitHub are in no log, no file and no memory of the broker', async () => {
    const key = Buffer.from(
      site.github.key.pem
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('-'))
        .join(''),
      'base64',
    );
    // A stretch of the private exponent and primes, as any form of the key would hold it.
    const canary = key.subarray(400, 432);
    const found = await searchMemory(site.pid(), [
      Buffer.from('transit/sign/github-app/sha2-256'),
      canary,
      Buffer.from(canary.toString('base64').slice(4, 36)),
    ]);
    // What must be there is found, so the search can find.
    expect(found).toEqual([true, false, false]);
    expect(site.printed()).not.toMatch(/ghs_|PRIVATE KEY|eyJ/);
    for (const name of await readdir(site.state)) {
      expect(await readFile(join(site.state, name), 'utf8')).not.toMatch(/ghs_|canary|PRIVATE|eyJ/);
    }
    for (const file of site.deployed.server.auditLogs) {
      expect(await readFile(file, 'utf8')).not.toMatch(/ghs_|PRIVATE KEY/);
    }
  });
});
