import { X509Certificate } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { Agent, createServer, type Server } from 'node:https';
import { connect as connectHttp2 } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCa, issue as issueLeaf } from '../../lab/pki.ts';
import { freePorts } from '../../lab/processes/port.ts';
import { startUnifiDouble, type UnifiDouble } from '../../lab/unifi/double.ts';
import { createKey } from '../../src/rotation/private-api.ts';
import { signIn } from '../../src/rotation/session.ts';
import { fileOf, issue } from '../client/bootstrap/delivering.ts';
import { addresses, deploy, type Deployed } from '../client/deployed.ts';
import { ask, raw, type Asked } from './asking.ts';
import { startEnvoy, type RunningEnvoy } from './running-envoy.ts';

const user = addresses['terraform-agent'];
const secretPath = 'kv/data/unifi/injected';

let deployed: Deployed;
let memory: string;
let envoy: RunningEnvoy;
let unifi: UnifiDouble;
let key: string;
let echo: Server;
let feeder: Awaited<ReturnType<Deployed['started']>>;
let ca: string;
let ports: { readonly unifi: number; readonly echo: number };
/** What the recording upstream was asked, newest last. */
const seen: { method: string; url: string; headers: Readonly<Record<string, unknown>> }[] = [];

beforeAll(async () => {
  const authority = await createCa('Proxy test CA');
  ca = authority.certificate;
  const leaf = await issueLeaf(authority, { commonName: 'test', addresses: ['127.0.0.1'] });
  memory = await mkdtemp('/dev/shm/backbone-proxy-');
  await chmod(memory, 0o755);
  const secrets = join(memory, 'secrets');
  const tls = join(memory, 'tls');
  for (const directory of [secrets, tls]) await mkdir(directory);
  await writeFile(join(tls, 'proxy.pem'), `${leaf.privateKey}\n${leaf.certificate}\n`);

  const admin = { name: 'tofu', password: 'the-password-of-tofu', role: 'admin' } as const;
  unifi = await startUnifiDouble({
    ...{ kind: 'os', stateDir: join(memory, 'unifi'), accounts: [admin], tls: leaf },
  });
  const certificateSha256 = new X509Certificate(leaf.certificate).fingerprint256
    .replaceAll(':', '')
    .toLowerCase();
  const controller = {
    controller: unifi.url,
    kind: 'os',
    site: 'default',
    certificateSha256,
  } as const;
  const session = await signIn(controller, admin.name, admin.password);
  if (session === undefined) throw new Error('nobody can sign in');
  ({ key } = await createKey(session, 'proxy'));

  echo = createServer({ key: leaf.privateKey, cert: leaf.certificate }, (request, response) => {
    const { method = '', url = '', headers } = request;
    seen.push({ method, url, headers });
    response.setHeader('set-cookie', 'session=of-the-upstream');
    response.end(String(headers['x-api-key']));
  });
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
  const [one = 0, two = 0] = await freePorts(2);
  ports = { unifi: one, echo: two };
  const injected = {
    ...{ private: true, secret: 'unifi/injected', field: 'api_key', header: 'X-API-KEY' },
  };
  deployed = await deploy({
    proxy: {
      consumer: 'egress-proxy',
      keepFor: '4s',
      upstreams: {
        unifi: {
          ...injected,
          ...{ port: one, url: unifi.url, certificateSha256 },
          allow: [{ methods: ['GET'], path: '/proxy/network/api/' }],
        },
        echo: {
          ...injected,
          port: two,
          url: `https://127.0.0.1:${String((echo.address() as AddressInfo).port)}`,
          allow: [
            { methods: ['GET', 'POST'], path: '/v1/' },
            { methods: ['GET'], path: '/exact' },
          ],
        },
      },
    },
    grants: { 'terraform-agent': [{ proxy: 'unifi' }, { proxy: 'echo' }] },
  });
  await write(key, 1);
  const { proxy } = deployed.backbone;
  if (proxy === undefined) throw new Error('no proxy');
  const sent = await issue(deployed, 'egress-proxy');
  feeder = await startFeeder(await fileOf(deployed, sent));
  await until('the files are there', async () => (await readdir(secrets)).length === 2);
  envoy = await startEnvoy(memory, proxy, {
    address: '127.0.0.1',
    names: ['127.0.0.1'],
    secrets,
    tls: { directory: tls, file: 'proxy.pem' },
    authorities: { echo: ca },
  });
  await until('the value is injected', async () => (await through('unifi', health)).status === 200);
});
afterAll(async () => {
  await envoy.stop();
  feeder.process.kill('SIGTERM');
  await feeder.process;
  await unifi.close();
  echo.close();
  echo.closeAllConnections();
  await deployed.stop();
  await rm(memory, { recursive: true, force: true });
});

const health = '/proxy/network/api/s/default/stat/health';

let feederHome: string | undefined;
async function startFeeder(tokenFile?: string) {
  feederHome ??= await deployed.home();
  return deployed.started(
    [
      ...['feed', '--directory', join(memory, 'secrets'), '--poll', '1', '--wait', '0'],
      ...(tokenFile === undefined ? [] : ['--token-file', tokenFile]),
    ],
    {
      consumer: 'egress-proxy',
      home: feederHome,
      localAddress: addresses['egress-proxy'],
      env: { BACKBONE_SEED: '/nonexistent' },
    },
  );
}

async function write(value: string, expected: number): Promise<void> {
  const body = { data: { api_key: value }, options: { cas: expected } };
  await deployed.admin('POST', secretPath, body);
}

async function version(): Promise<number> {
  const { data } = await deployed.admin('GET', secretPath);
  return (data as { metadata: { version: number } }).metadata.version;
}

const through = (upstream: 'unifi' | 'echo', path: string, more: Partial<Asked> = {}) =>
  ask({ port: ports[upstream], ca, path, from: user, ...more });

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let looks = 0; looks < 1200; looks += 1) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`never: ${what}`);
}

/** Whatever is sent, the recording upstream gets none of it. */
async function unseen(work: () => Promise<unknown>): Promise<void> {
  const before = seen.length;
  await work();
  expect(seen.slice(before)).toEqual([]);
}

describe('a consumer without any credential', () => {
  it('reads the UniFi controller through the proxy, and directly cannot', async () => {
    expect((await through('unifi', health)).status).toBe(200);
    const direct = Number(new URL(unifi.url).port);
    expect((await ask({ port: direct, ca, path: health })).status).toBe(401);
  });

  it('is one that is granted the upstream: others are refused by their address', async () => {
    const before = unifi.requests.length;
    for (const from of [addresses.thief, addresses.unpoller, '127.0.0.1']) {
      expect((await through('unifi', health, { from })).status).toBe(403);
    }
    expect(unifi.requests.length).toBe(before);
  });

  it('cannot write, nor read what is not declared', async () => {
    const before = unifi.requests.length;
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD']) {
      expect([method, (await through('unifi', health, { method })).status]).toEqual([method, 403]);
    }
    for (const path of ['/', '/proxy/users/api/v2/user/self/keys', '/proxy/network/api']) {
      expect([path, (await through('unifi', path)).status]).toEqual([path, 403]);
    }
    expect(unifi.requests.length).toBe(before);
  });
});

describe('what a client sends itself', () => {
  it('is replaced or dropped where it could be a credential', async () => {
    const headers = {
      'x-api-key': 'stolen',
      authorization: 'Bearer stolen',
      cookie: 'TOKEN=stolen',
      'proxy-authorization': 'Basic c3RvbGVu',
      'x-forwarded-for': '192.0.2.99',
      'x-http-method-override': 'DELETE',
      'x-envoy-original-path': '/stolen',
    };
    const { status, headers: answer } = await through('echo', '/v1/x', { headers });
    expect(status).toBe(200);
    expect(seen.at(-1)?.headers['x-api-key']).toBe(key);
    expect(JSON.stringify(seen.at(-1))).not.toMatch(/stolen|c3RvbGVu|192\.0\.2\.99|DELETE/);
    expect(answer).not.toHaveProperty('set-cookie');
  });

  it('does not take the credential away by naming it hop-by-hop', async () => {
    const headers = { connection: 'x-api-key, close', 'x-api-key': 'stolen' };
    expect((await through('echo', '/v1/x', { headers })).text).toBe(key);
  });

  it('is replaced over HTTP/2, too', async () => {
    const session = connectHttp2(`https://127.0.0.1:${String(ports.echo)}`, {
      ca,
      localAddress: user,
    } as Parameters<typeof connectHttp2>[1]);
    try {
      const text = await new Promise<string>((resolve, reject) => {
        session.once('error', reject);
        const stream = session.request({ ':path': '/v1/two', 'x-api-key': 'stolen' });
        let body = '';
        stream.on('data', (chunk: Buffer) => (body += chunk.toString()));
        stream.once('end', () => {
          resolve(body);
        });
        stream.once('error', reject);
      });
      expect(text).toBe(key);
    } finally {
      session.close();
    }
  });
});

describe('paths', () => {
  it.each<readonly [string, string, number]>([
    ['below a declared one', '/v1/models?limit=1', 200],
    ['exactly a declared one', '/exact', 200],
    ['below an exact one', '/exact/more', 403],
    ['beside a declared one', '/v10/models', 403],
    ['out of it by dots', '/v1/../admin', 403],
    ['out of it by escaped dots', '/v1/%2e%2e/admin', 403],
    ['out of it by an escaped slash', '/v1/..%2fadmin', 400],
    ['out of it by a backslash', '/v1/..%5cadmin', 400],
    ['into it by dots, as what it becomes', '/admin/../v1/x', 200],
    ['into it by two slashes, as what it becomes', '//v1//x', 200],
  ])('%s', async (_, path, status) => {
    const answered = await through('echo', path);
    expect([path, answered.status]).toEqual([path, status]);
    if (status === 200) expect(seen.at(-1)?.url).not.toMatch(/\.\.|\/\//);
  });
});

describe('requests that are no plain ones', () => {
  const send = (lines: readonly string[]) =>
    raw(ports.echo, ca, `${lines.join('\r\n')}\r\n\r\n`, user);
  const own = () => `Host: 127.0.0.1:${String(ports.echo)}`;

  it('are refused: another host, an absolute form of one, a tunnel, an upgrade', async () => {
    await unseen(async () => {
      const close = 'Connection: close';
      expect(await send(['GET /v1/x HTTP/1.1', 'Host: evil.example.net', close])).toMatch(/ 404 /);
      const absolute = 'GET http://169.254.169.254/latest/meta-data/ HTTP/1.1';
      expect(await send([absolute, own(), close])).toMatch(/ 40[034] /);
      expect(await send(['CONNECT 127.0.0.1:22 HTTP/1.1', own(), close])).toMatch(/ 40[0345] /);
      const upgrade = ['Connection: Upgrade', 'Upgrade: websocket'];
      expect(await send(['GET /v1/x HTTP/1.1', own(), ...upgrade])).toMatch(/ 403 /);
    });
  });

  it('are refused: two lengths, a length and chunks, a header with an underscore', async () => {
    await unseen(async () => {
      const post = 'POST /v1/x HTTP/1.1';
      const lengths = ['Content-Length: 5', 'Content-Length: 6'];
      expect(await send([post, own(), ...lengths])).toMatch(/ 400 /);
      const both = ['Content-Length: 5', 'Transfer-Encoding: chunked'];
      expect(await send([post, own(), ...both])).toMatch(/ 400 /);
      expect(await send(['GET /v1/x HTTP/1.1', own(), 'X_API_KEY: stolen'])).toMatch(/ 400 /);
    });
  });
});

describe('a rotation', () => {
  it('loses no request of 200 a second', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 32 });
    const next = ['first', 'second', 'third'].map((which) => `rotated-${which}`);
    const allowed = new Set([key, ...next]);
    const failures: string[] = [];
    const injected = new Set<string>();
    const enough = new AbortController();
    const load = (async () => {
      const pending: Promise<void>[] = [];
      while (!enough.signal.aborted) {
        pending.push(
          through('echo', '/v1/load', { agent }).then(
            ({ status, text }) => {
              injected.add(text);
              if (status !== 200 || !allowed.has(text)) failures.push(`${String(status)} ${text}`);
            },
            (error: unknown) => {
              failures.push(String(error));
            },
          ),
        );
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      await Promise.all(pending);
      return pending.length;
    })();
    for (const value of next) {
      await write(value, await version());
      await until(`${value} is injected`, () => Promise.resolve(injected.has(value)));
    }
    enough.abort();
    expect(await load).toBeGreaterThan(next.length);
    agent.destroy();
    expect(failures).toEqual([]);
    await write(key, await version());
    await until('the key is back', async () => (await through('echo', '/v1/x')).text === key);
  });
});

describe('when something is missing', () => {
  it('goes on with the value where its file was removed, and the feeder puts it back', async () => {
    const file = join(memory, 'secrets', 'echo.json');
    await rm(file);
    expect((await through('echo', '/v1/x')).text).toBe(key);
    await until('the file is back', () => readFile(file).then(Boolean, () => false));
  });

  it('refuses requests where the secret has no value, and sends none bare', async () => {
    await unseen(async () => {
      await write('', await version());
      await until('it refuses', async () => (await through('unifi', health)).status === 401);
      await until('it refuses', async () => (await through('echo', '/never')).status !== 403);
      expect((await through('echo', '/v1/x')).status).toBe(401);
    });
    await write(key, await version());
    await until('it passes', async () => (await through('echo', '/v1/x')).status === 200);
  });

  it('refuses requests for 503 where the upstream is down, and passes when it is back', async () => {
    const { port } = echo.address() as AddressInfo;
    echo.closeAllConnections();
    await new Promise((resolve) => echo.close(resolve));
    await until('it says so', async () => (await through('echo', '/v1/x')).status === 503);
    await new Promise<void>((resolve) => echo.listen(port, '127.0.0.1', resolve));
    await until('it passes', async () => (await through('echo', '/v1/x')).status === 200);
  });

  it('goes on for keepFor where OpenBao is sealed, then refuses, and passes when it is back', async () => {
    await deployed.seal();
    await until('it refuses', async () => (await through('echo', '/v1/x')).status === 401);
    await deployed.restart();
    await until('it passes', async () => (await through('echo', '/v1/x')).text === key);
  });

  it('refuses requests when the feeder ends', async () => {
    feeder.process.kill('SIGTERM');
    await feeder.process;
    await until('it refuses', async () => (await through('echo', '/v1/x')).status === 401);
    const files = await Promise.all(
      ['echo', 'unifi'].map((name) => readFile(join(memory, 'secrets', `${name}.json`), 'utf8')),
    );
    expect(files.join()).not.toContain(key);
    feeder = await startFeeder();
    await until('it passes', async () => (await through('echo', '/v1/x')).text === key);
  });
});

describe('what stays behind', () => {
  it('is a log with who, what and how it ended, and no credential, header or query', async () => {
    await through('echo', '/v1/logged?token=canary-in-a-query', {
      headers: { 'x-api-key': 'canary-in-a-header' },
    });
    await until('it is logged', async () =>
      (await readFile(envoy.log, 'utf8')).includes('"/v1/logged"'),
    );
    const log = await readFile(envoy.log, 'utf8');
    expect(log).toContain(`"from":"${user}"`);
    for (const secret of [key, 'canary-in-a-query', 'canary-in-a-header', 'rotated-']) {
      expect(log).not.toContain(secret);
    }
  });

  it('is no secret in its configuration, and no admin interface', async () => {
    const config = await readFile(join(memory, 'envoy.json'), 'utf8');
    expect(config).not.toContain(key);
    expect(JSON.parse(config)).not.toHaveProperty('admin');
  });
});
