import { readFile } from 'node:fs/promises';
import { request as http } from 'node:http';
import { request as https } from 'node:https';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { freePorts } from '../../../lab/processes/port.ts';
import { isAlive, until } from '../acts.ts';
import { addresses, deploy, type Deployed } from '../deployed.ts';
import { oidcDouble, type OidcDouble } from './oidc-double.ts';

let deployed: Deployed;
let provider: OidcDouble;
let contract: string;
let home: string;
beforeAll(async () => {
  deployed = await deploy();
  provider = await oidcDouble();
  await deployed.admin('DELETE', 'sys/auth/operator');
  await deployed.admin('POST', 'sys/auth/operator', { type: 'oidc' });
  await deployed.admin('POST', 'auth/operator/config', {
    oidc_discovery_url: provider.issuer,
    oidc_discovery_ca_pem: provider.ca,
    oidc_client_id: provider.clientId,
    oidc_client_secret: provider.clientSecret,
  });
  await deployed.admin('POST', 'auth/operator/role/operator', {
    role_type: 'oidc',
    user_claim: 'email',
    bound_audiences: [provider.clientId],
    bound_claims: { email: 'alice@example.net' },
    allowed_redirect_uris: ['http://localhost:8250/oidc/callback'],
    oidc_scopes: ['email'],
    token_policies: ['operator'],
    token_no_default_policy: true,
    token_bound_cidrs: [`${addresses.alice}/32`],
    token_ttl: 3600,
    token_max_ttl: 3600,
  });
  contract = await deployed.contractFile(undefined, (real) => ({
    ...real,
    logins: { ...real.logins, operator: { kind: 'oidc', mount: 'operator' } },
  }));
});
afterAll(async () => {
  provider.close();
  await deployed.stop();
});
beforeEach(async () => {
  provider.email = 'alice@example.net';
  home = await deployed.home();
});

/** Started, and the address that it shows. */
async function login(from: string = addresses.alice) {
  const [port = 0] = await freePorts(1);
  const { process } = await deployed.started(['login', '--port', String(port)], {
    contract,
    home,
    localAddress: from,
  });
  let told = '';
  process.stderr.on('data', (chunk: Buffer) => (told += chunk.toString()));
  const url = await until(() => Promise.resolve(/log in at (\S+)\n/.exec(told)?.[1]));
  return { process, url, port };
}

/** What a browser does: to the provider, and back to where it sends. */
async function browse(url: string, change: (back: URL) => void = () => undefined): Promise<number> {
  const back = await new Promise<string>((resolve, reject) => {
    https(url, { ca: provider.ca }, (answer) => {
      answer.resume();
      resolve(answer.headers.location ?? '');
    })
      .once('error', reject)
      .end();
  });
  const target = new URL(back);
  change(target);
  target.hostname = '127.0.0.1';
  return new Promise((resolve, reject) => {
    http(target, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    })
      .once('error', reject)
      .end();
  });
}

const stored = () =>
  readFile(join(home, '.local/state/credential-backbone/token'), 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  );

describe('login by single sign-on', () => {
  it('comes back from the browser with a token of the operator', async () => {
    const { process, url } = await login();
    expect(await browse(url)).toBe(200);
    expect(await process).toMatchObject({ exitCode: 0, stdout: '' });
    expect(await isAlive(deployed, (await stored()) ?? '', addresses.alice)).toBe(true);
  });

  it('lets a stranger\u2019s request pass by, and goes on waiting for its own', async () => {
    const { process, url } = await login();
    const forged = (back: URL) => {
      back.searchParams.set('state', 'forged');
      back.searchParams.set('code', 'forged');
    };
    expect(await browse(url, forged)).toBe(404);
    expect(await browse(url, (back) => (back.pathname = '/other'))).toBe(404);
    expect(await browse(url)).toBe(200);
    expect((await process).exitCode).toBe(0);
  });

  it.each<readonly [string, string, string]>([
    ['a person whom the provider refuses', '', 'access_denied'],
    ['a person who is no operator', 'mallory@example.net', 'refused'],
  ])('leaves nothing behind for %s', async (_, email, says) => {
    provider.email = email;
    const { process, url } = await login();
    await browse(url);
    const { exitCode, stderr } = await process;
    expect(exitCode).toBe(1);
    expect(stderr).toContain(says);
    expect(await stored()).toBeUndefined();
  });

  it('says what to declare where the way back is not allowed', async () => {
    await deployed.admin('POST', 'auth/operator/role/operator', {
      role_type: 'oidc',
      allowed_redirect_uris: ['http://localhost:8250/elsewhere'],
    });
    const done = await deployed.bundle(['login', '--port', '0'], {
      contract,
      home,
      localAddress: addresses.alice,
    });
    expect(done.exitCode).toBe(1);
    expect(done.stderr).toContain('redirectUris');
  });
});
