import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashOfValue } from '../../lab/github/repositories.ts';
import { findRepository } from '../../lab/github/state.ts';
import { exchange } from '../../src/client/transport.ts';
import { approlePaths, mounts } from '../../src/model/names.ts';
import { addresses } from '../client/deployed.ts';
import { here, openSite, type Site } from './site.ts';

const publicKey =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKIpQS4UtSIxw4hWsSVWdmV6ZUE4A87d5gzQZyPKr5BH deploy@example.net';
const canary = 'canary-of-an-actions-secret';

let site: Site;
let agent: { readonly contract: string; readonly env: Record<string, string> };

beforeAll(async () => {
  site = await openSite();
  const brought = await site.deployed.bundle(['github', 'import-key', '-'], {
    input: site.github.key.pem,
    contract: await site.contractFile(),
    localAddress: addresses.alice,
    env: { BAO_TOKEN: await site.deployed.operatorToken() },
  });
  expect(brought, brought.stderr).toMatchObject({ exitCode: 0 });
  agent = {
    contract: await site.contractFile('agent'),
    env: { BAO_TOKEN: await tokenOf('agent') },
  };
});
afterAll(async () => {
  await site.stop();
});

async function tokenOf(name: 'agent' | 'pusher'): Promise<string> {
  const paths = approlePaths(name);
  const field = async (method: 'GET' | 'POST', path: string, key: string) =>
    ((await site.deployed.admin(method, path))['data'] as Record<string, string>)[key];
  const body = {
    role_id: await field('GET', paths.roleId, 'role_id'),
    secret_id: await field('POST', paths.secretId, 'secret_id'),
  };
  const login = `auth/${mounts.approle}/login`;
  const more = { token: undefined as never, from: here[name] };
  const { auth } = await site.deployed.admin('POST', login, body, more);
  return (auth as { client_token: string }).client_token;
}

const backbone = (args: readonly string[], input?: string) =>
  site.deployed.bundle(args, {
    ...agent,
    localAddress: here.agent,
    ...(input === undefined ? {} : { input }),
  });

const repositoryOf = (name: string) =>
  findRepository(site.github.double.state, 'example-org', name);

const isDead = async (token: string) =>
  (await site.github.call('GET', '/repos/example-org/homelab', token)).status === 401;

describe('the verbs, as commands', () => {
  it('make a repository, once a key', async () => {
    const make = () =>
      backbone(['github', 'create-repo', 'maker', 'made-here', '--key', 'only-once']);
    const [first, second] = [await make(), await make()];
    expect(first, first.stderr).toMatchObject({ exitCode: 0 });
    expect(JSON.parse(first.stdout)).toMatchObject({ repository: 'example-org/made-here' });
    expect(second.stdout).toBe(first.stdout);
    expect(repositoryOf('made-here')).toBeDefined();
  });

  it('add a deploy key that only reads, and one that writes where that is said', async () => {
    const file = join(site.deployed.directory, 'deploy.pub');
    await writeFile(file, `${publicKey}\n`);
    const added = await backbone(['github', 'add-deploy-key', 'maker', 'homelab', file]);
    expect(added, added.stderr).toMatchObject({ exitCode: 0 });
    const other = publicKey.replace('KIpQ', 'KIpR');
    const command = [
      'github',
      'add-deploy-key',
      'maker',
      'homelab',
      '-',
      '--title',
      'ci',
      '--write',
    ];
    expect(await backbone(command, other)).toMatchObject({ exitCode: 0 });
    expect(repositoryOf('homelab')?.deployKeys).toMatchObject([
      { title: 'deploy@example.net', read_only: true },
      { title: 'ci', read_only: false },
    ]);
  });

  it('take no private key', async () => {
    const pem =
      '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaA==\n-----END OPENSSH PRIVATE KEY-----';
    const refused = await backbone(['github', 'add-deploy-key', 'maker', 'homelab', '-'], pem);
    expect(refused).toMatchObject({ exitCode: 1 });
    expect(refused.stderr).toContain('private key');
  });

  it('set a secret that stands on stdin, and on no command line', async () => {
    const set = await backbone(
      ['github', 'set-secret', 'maker', 'homelab', 'A_SECRET'],
      `${canary}\n`,
    );
    expect(set, set.stderr).toMatchObject({ exitCode: 0 });
    expect(JSON.parse(set.stdout)).toEqual({ name: 'A_SECRET', created: true });
    expect(repositoryOf('homelab')?.secrets.get('A_SECRET')).toBe(hashOfValue(canary));
    expect(set.stdout + set.stderr + site.printed()).not.toContain(canary);
  });

  it.each([
    ['in a context without the verb', ['create-repo', 'homelab', 'x'], '403'],
    ['for the sibling repository', ['set-secret', 'maker', 'sibling', 'A_SECRET'], '403'],
    ['for a name of GitHub itself', ['set-secret', 'maker', 'homelab', 'GITHUB_X'], '400'],
  ])('are refused %s', async (_, args, status) => {
    const refused = await backbone(['github', ...args], canary);
    expect(refused).toMatchObject({ exitCode: 1, stdout: '' });
    expect(refused.stderr).toContain(`the GitHub broker refused: ${status}`);
  });

  it('do not exist to delete a repository', async () => {
    const refused = await backbone(['github', 'delete-repo', 'maker', 'homelab']);
    expect(refused).toMatchObject({ exitCode: 1 });
    expect(refused.stderr).toContain('github takes one of');
  });
});

describe('a token, as commands', () => {
  it('is given up by revoke', async () => {
    const { stdout: token } = await backbone(['github', 'token', 'homelab']);
    expect(await isDead(token.trim())).toBe(false);
    expect(await backbone(['github', 'revoke'], token)).toMatchObject({ exitCode: 0 });
    expect(await isDead(token.trim())).toBe(true);
  });

  it('is given up by git-credential erase; what others gave is left alone', async () => {
    const { stdout: token } = await backbone(['github', 'token', 'homelab']);
    const { host } = new URL(site.github.double.url);
    const about = (username: string) =>
      `protocol=https\nhost=${host}\npath=example-org/homelab.git\nusername=${username}\npassword=${token.trim()}\n\n`;
    expect(await backbone(['git-credential', 'erase'], about('someone'))).toMatchObject({
      exitCode: 0,
    });
    expect(await isDead(token.trim())).toBe(false);
    const erased = await backbone(['git-credential', 'erase'], about('x-access-token'));
    expect(erased, erased.stderr).toMatchObject({ exitCode: 0, stdout: '' });
    expect(await isDead(token.trim())).toBe(true);
  });
});

describe('metrics', () => {
  it('count what was asked and how it ended, and name nobody', async () => {
    const { text } = await exchange({
      ...{ url: `${site.url}/metrics`, method: 'GET', headers: {}, body: undefined },
      ca: site.brokerCa,
      ...{ clientCertificate: undefined, localAddress: here.agent, patience: 10_000 },
    });
    const counted = (labels: string) =>
      Number(
        new RegExp(`^github_broker_requests_total\\{${labels}\\} (\\d+)$`, 'm').exec(text)?.[1],
      );
    expect(counted('what="token",outcome="ok"')).toBe(2);
    expect(counted('what="set-secret",outcome="ok"')).toBe(1);
    expect(text).toMatch(/^github_broker_github_answers_total\{status="ok"\} [1-9]/m);
    expect(text).toMatch(/^github_broker_request_seconds_count\{what="token"\} 2$/m);
    expect(text).toMatch(/^github_broker_held_seconds 0$/m);
    expect(text).toMatch(/^github_broker_unrevoked_total 0$/m);
    expect(text).not.toMatch(/homelab|example-org|agent|ghs_|127\.0\./);
  });
});

describe('a certificate', () => {
  it('is believed until it is revoked, which the broker sees at its next look', async () => {
    const home = await site.deployed.home('revoked');
    const paths = approlePaths('pusher');
    const { data } = await site.deployed.admin('GET', paths.roleId);
    const { wrap_info } = await site.deployed.admin('POST', paths.secretId, undefined, {
      wrap: '60s',
    });
    const [secretId, roleId] = [join(home, 'secret-id'), join(home, 'role-id')];
    await writeFile(secretId, (wrap_info as { token: string }).token, { mode: 0o600 });
    await writeFile(roleId, (data as { role_id: string }).role_id, { mode: 0o600 });
    const options = {
      ...{ home, contract: await site.contractFile('pusher'), localAddress: here.pusher },
    };
    const arrived = await site.deployed.bundle(
      ['bootstrap', '--token-file', secretId, '--role-id-file', roleId],
      options,
    );
    expect(arrived, arrived.stderr).toMatchObject({ exitCode: 0 });
    const ask = () => site.deployed.bundle(['github', 'token', 'homelab'], options);
    expect(await ask()).toMatchObject({ exitCode: 0 });

    const { data: listed } = await site.deployed.admin('LIST', `${mounts.pki}/certs`);
    for (const serial_number of (listed as { keys: string[] }).keys) {
      // The CA is in the list, too, and cannot revoke itself.
      await site.deployed
        .admin('POST', `${mounts.pki}/revoke`, { serial_number })
        .catch(() => undefined);
    }
    for (let looks = 0; (await ask()).exitCode === 0; looks += 1) {
      if (looks > 60) throw new Error('the certificate is believed all the same');
    }
    const refused = await ask();
    expect(refused.stderr).toContain('the client certificate is not valid here');
  });
});
