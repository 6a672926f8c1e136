import { generateKeyPairSync } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sodium from 'libsodium-wrappers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hashOfValue } from '../../../lab/github/repositories.ts';
import { appKey, jwt, runGithub, type RunningDouble } from './running-double.ts';

let github: RunningDouble;
beforeAll(async () => {
  github = await runGithub();
});
afterAll(() => github.stop());
beforeEach(() => {
  github.double.clock.shift(0);
  github.double.faults.plan(undefined);
});

const tokens = '/app/installations/71/access_tokens';
const seconds = () => Math.floor(Date.now() / 1000);

describe("the App's token", () => {
  const ask = (token: string) => github.call('GET', '/app', token);

  it('is taken: RS256, of its key, in its time', async () => {
    expect(await ask(jwt(github.key.pem))).toMatchObject({ status: 200, body: { id: 4242 } });
  });

  it.each([
    ['of another key', () => jwt(appKey().pem)],
    ['of another algorithm', () => jwt(github.key.pem, {}, { alg: 'HS256', typ: 'JWT' })],
    [
      'of no algorithm',
      () => `${jwt(github.key.pem, {}, { alg: 'none' }).split('.').slice(0, 2).join('.')}.`,
    ],
    [
      'of an elliptic key',
      () => jwt(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey),
    ],
    ['that is ahead of time', () => jwt(github.key.pem, { iat: seconds() + 300 })],
    ['that lives for more than ten minutes', () => jwt(github.key.pem, { exp: seconds() + 900 })],
    ['that has ended', () => jwt(github.key.pem, { exp: seconds() - 1 })],
    ['without a beginning', () => jwt(github.key.pem, { iat: undefined })],
    [
      'with a changed content',
      () => {
        const [head = '', body = '', signature = ''] = jwt(github.key.pem).split('.');
        return `${head}.${body.slice(0, -2)}AA.${signature}`;
      },
    ],
    ['that is none', () => 'none'],
  ])('is refused: one %s', async (_, make) => {
    expect((await ask(make())).status).toBe(401);
  });

  it('is refused from another App, and without one', async () => {
    expect((await ask(jwt(github.key.pem, { iss: 'Iv23liOTHER' }))).status).toBe(404);
    expect((await github.call('GET', '/app')).status).toBe(401);
  });

  it('is taken of each key that the App has at the moment', async () => {
    const next = appKey();
    const token = jwt(next.pem);
    expect((await ask(token)).status).toBe(401);
    github.double.state.app.publicKeys.push(next.publicPem);
    expect((await ask(token)).status).toBe(200);
    expect((await ask(jwt(github.key.pem))).status).toBe(200);
    github.double.state.app.publicKeys.pop();
    expect((await ask(token)).status).toBe(401);
  });
});

describe('a token of an installation', () => {
  it('is for what was asked, and for an hour', async () => {
    const { status, body } = await github.mint(71, {
      repositories: ['homelab'],
      permissions: { contents: 'write' },
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      permissions: { contents: 'write', metadata: 'read' },
      repository_selection: 'selected',
      repositories: [{ full_name: 'example-org/homelab' }],
    });
    expect(Object.keys(body['permissions'] as object)).toHaveLength(2);
    const left = Date.parse(String(body['expires_at'])) - Date.now();
    expect(left).toBeGreaterThan(3_400_000);
    expect(left).toBeLessThanOrEqual(3_600_000);
  });

  it.each([
    ['a repository that the App has not', 422, 71, { repositories: ['private'] }],
    ['a repository that does not exist', 422, 71, { repositories: ['nothing'] }],
    ["another account's repository", 422, 71, { repositories: ['dotfiles'] }],
    ['a permission that was not granted', 422, 71, { permissions: { workflows: 'write' } }],
    ['a higher level than was granted', 422, 72, { permissions: { metadata: 'write' } }],
    ['an installation that is not its own', 404, 99, {}],
  ])('is refused for %s', async (_, status, installation, body) => {
    expect(await github.mint(installation, body)).toMatchObject({ status });
  });

  it('is refused for an installation that was suspended', async () => {
    const [, user] = github.double.state.installations;
    if (user === undefined) throw new Error('no second installation');
    user.suspended = true;
    expect(await github.mint(72)).toMatchObject({ status: 403 });
    user.suspended = false;
    expect(await github.mint(72)).toMatchObject({ status: 201 });
  });

  it('reaches its repository and not the sibling, and may what it was given', async () => {
    const token = await minted({ repositories: ['homelab'], permissions: { contents: 'write' } });
    expect((await github.call('GET', '/repos/example-org/homelab', token)).status).toBe(200);
    expect((await github.call('GET', '/repos/example-org/sibling', token)).status).toBe(404);
    expect((await github.call('DELETE', '/repos/example-org/homelab', token)).status).toBe(403);
    const secrets = '/repos/example-org/homelab/actions/secrets/public-key';
    expect((await github.call('GET', secrets, token)).status).toBe(403);
  });

  it('is dead one second after its hour, and not one before; and when it was revoked', async () => {
    const token = await minted({ repositories: ['homelab'] });
    const see = async () => (await github.call('GET', '/repos/example-org/homelab', token)).status;
    github.double.clock.shift(3_500);
    expect(await see()).toBe(200);
    github.double.clock.shift(3_601);
    expect(await see()).toBe(401);
    github.double.clock.shift(0);
    expect((await github.call('DELETE', '/installation/token', token)).status).toBe(204);
    expect(await see()).toBe(401);
    expect((await github.call('DELETE', '/installation/token', token)).status).toBe(401);
  });
});

describe('git', () => {
  const url = (name: string) => `${github.double.url}/example-org/${name}.git`;
  const commit = async (name: string) => {
    const work = join(github.directory, name);
    await mkdir(work);
    await writeFile(join(work, 'README'), name);
    await github.git(['-C', work, 'init', '--quiet', '--initial-branch=main']);
    await github.git(['-C', work, 'add', '.']);
    await github.git(['-C', work, 'commit', '--quiet', '-m', 'first']);
    return work;
  };

  it('pushes and clones with a token for that repository, and with no other', async () => {
    const work = await commit('work-one');
    const push = (name: string, token?: string) =>
      github.git(['-C', work, 'push', '--quiet', url(name), 'main'], token);
    const writer = await minted({ repositories: ['homelab'], permissions: { contents: 'write' } });
    const reader = await minted({ repositories: ['homelab'], permissions: { contents: 'read' } });
    expect((await push('homelab')).exitCode).not.toBe(0);
    expect((await push('homelab', 'ghs_invented')).exitCode).not.toBe(0);
    const refused = await push('homelab', reader);
    expect(refused.exitCode).not.toBe(0);
    expect(refused.text).toContain('403');
    const sibling = await push('sibling', writer);
    expect(sibling.exitCode).not.toBe(0);
    expect(sibling.text).toMatch(/not found/i);
    expect(await push('homelab', writer)).toMatchObject({ exitCode: 0 });
    const clone = ['clone', '--quiet', url('homelab'), join(github.directory, 'clone')];
    expect(await github.git(clone, reader)).toMatchObject({ exitCode: 0 });
    github.double.clock.shift(3_601);
    expect((await push('homelab', writer)).exitCode).not.toBe(0);
  });
});

describe('what an administrator of the installation may do', () => {
  it('makes a repository in the organization once, and none for a user', async () => {
    const token = await minted({ permissions: { administration: 'write' } });
    const make = (path: string) =>
      github.call('POST', path, token, { name: 'made', private: true });
    expect(await make('/orgs/example-org/repos')).toMatchObject({ status: 201 });
    expect(await make('/orgs/example-org/repos')).toMatchObject({ status: 422 });
    expect(await make('/orgs/someone/repos')).toMatchObject({ status: 404 });
    expect(await make('/user/repos')).toMatchObject({ status: 403 });
    const weak = await minted({ permissions: { contents: 'write' } });
    const again = github.call('POST', '/orgs/example-org/repos', weak, { name: 'other' });
    expect(await again).toMatchObject({ status: 403 });
  });

  it('takes a deploy key once, and a secret that was sealed for it', async () => {
    await sodium.ready;
    const token = await minted({
      repositories: ['homelab'],
      permissions: { administration: 'write', secrets: 'write' },
    });
    const at = '/repos/example-org/homelab';
    const key = { title: 'ci', key: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB9Q', read_only: true };
    expect((await github.call('POST', `${at}/keys`, token, key)).status).toBe(201);
    expect((await github.call('POST', `${at}/keys`, token, key)).status).toBe(422);
    const { body } = await github.call('GET', `${at}/actions/secrets/public-key`, token);
    const seal = (value: string, to: string) =>
      Buffer.from(sodium.crypto_box_seal(value, Buffer.from(to, 'base64'))).toString('base64');
    const put = (encrypted_value: string, key_id = body['key_id']) =>
      github.call('PUT', `${at}/actions/secrets/NAME`, token, { encrypted_value, key_id });
    expect((await put('bm90IHNlYWxlZA==')).status).toBe(422);
    expect((await put(seal('value', String(body['key'])), '1')).status).toBe(422);
    expect((await put(seal('value', String(body['key'])))).status).toBe(201);
    expect((await put(seal('value', String(body['key'])))).status).toBe(204);
    const [homelab] = github.double.state.repositories;
    expect(homelab?.secrets.get('NAME')).toBe(hashOfValue('value'));
  });
});

describe('faults', () => {
  it.each([
    ['broken', 502, {}],
    ['secondary', 403, { 'retry-after': '7' }],
    ['limited', 429, { 'retry-after': '7' }],
    ['exhausted', 403, { 'x-ratelimit-remaining': '0' }],
  ] as const)('answers as GitHub does when it is %s, once', async (how, status, headers) => {
    github.double.faults.plan({ how, retryAfter: 7 });
    const answer = await github.call('POST', tokens, jwt(github.key.pem));
    expect(answer.status).toBe(status);
    expect(answer.headers).toMatchObject(headers);
    expect((await github.call('POST', tokens, jwt(github.key.pem))).status).toBe(201);
  });
});

async function minted(body: unknown): Promise<string> {
  const answer = await github.mint(71, body);
  expect(answer.status).toBe(201);
  return String(answer.body['token']);
}
