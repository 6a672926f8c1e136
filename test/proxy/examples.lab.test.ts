import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import { createServer as createPlain, type Server as PlainServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCa, issue, type KeyPair } from '../../lab/pki.ts';
import { freePorts } from '../../lab/processes/port.ts';
import { writeSecret } from '../../src/client/feed/files.ts';
import { resolveProxy, type Proxy } from '../../src/model/proxy.ts';
import { declareLoopback } from '../client/deployed/declaration.ts';
import { runGithub, type RunningDouble } from '../lab/github/running-double.ts';
import { searchMemory } from '../search-memory.ts';
import { ask, type Asked } from './asking.ts';
import { startDns, type DnsDouble } from './dns-double.ts';
import { startEnvoy, type RunningEnvoy } from './running-envoy.ts';

/** Of the agent that is granted all of them. */
const user = '127.0.2.50';
const modelKey = 'sk-canary-of-a-model-api';

let directory: string;
let ca: KeyPair;
let github: RunningDouble;
let dns: DnsDouble;
let model: Server;
let envoy: RunningEnvoy;
let ports: Readonly<Record<'model' | 'github' | 'named', number>>;
let modelPort: number;
const others: (Server | PlainServer)[] = [];
/** Bytes that arrived where nothing should have been sent. */
let astray = '';

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'backbone-examples-'));
  ca = await createCa('Examples CA');
  const leaf = await issue(ca, {
    ...{ commonName: 'api', dnsNames: ['api.model.example'], addresses: ['127.0.0.1'] },
  });
  github = await runGithub();
  dns = await startDns('127.0.0.1');
  model = createServer({ key: leaf.privateKey, cert: leaf.certificate }, (request, response) => {
    // As such APIs do: a key, and an answer in pieces.
    if (request.headers.authorization !== `Bearer ${modelKey}`) {
      response.writeHead(401).end('{"error":"authentication_error"}');
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`data: ${request.url ?? ''}\n\n`);
    request.resume();
    request.once('end', () => response.end('data: [DONE]\n\n'));
  });
  const [one = 0, two = 0, three = 0, four = 0] = await freePorts(4);
  ports = { model: one, github: two, named: three };
  modelPort = four;
  await new Promise<void>((resolve) => model.listen(modelPort, '127.0.0.1', resolve));

  const bearer = {
    ...{ secret: 'unifi/injected', field: 'api_key' },
    ...{ header: 'Authorization', prefix: 'Bearer ' as const, private: true },
  };
  const messages = [{ methods: ['POST' as const], path: '/v1/messages' }];
  const proxy = resolveProxy(
    declareLoopback('https://127.0.0.1:1', {
      proxy: {
        consumer: 'egress-proxy',
        upstreams: {
          model: {
            ...bearer,
            port: one,
            url: `https://127.0.0.1:${String(four)}`,
            allow: messages,
          },
          named: {
            ...bearer,
            port: three,
            url: `https://api.model.example:${String(four)}`,
            allow: messages,
          },
          github: {
            ...{ ...bearer, port: two, url: github.double.url },
            allow: [{ methods: ['GET'], path: '/api/v3/repos/example-org/homelab' }],
          },
        },
      },
      grants: {
        'terraform-agent': [{ proxy: 'model' }, { proxy: 'named' }, { proxy: 'github' }],
      },
    }),
  );
  if (proxy === undefined) throw new Error('no proxy');
  await start(proxy, leaf);
});
afterAll(async () => {
  await envoy.stop();
  await github.stop();
  dns.close();
  for (const server of [model, ...others]) server.close();
  model.closeAllConnections();
  await rm(directory, { recursive: true, force: true });
});

async function start(proxy: Proxy, leaf: KeyPair): Promise<void> {
  const [secrets, tls] = [join(directory, 'secrets'), join(directory, 'tls')];
  await mkdir(secrets);
  await mkdir(tls);
  await writeFile(join(tls, 'proxy.pem'), `${leaf.privateKey}\n${leaf.certificate}\n`);
  const { body } = await github.mint(71, {
    repositories: ['homelab'],
    permissions: { contents: 'read' },
  });
  // As the feeder writes them: what stands before the value, and the value.
  writeSecret(secrets, 'model', `Bearer ${modelKey}`);
  writeSecret(secrets, 'named', `Bearer ${modelKey}`);
  writeSecret(secrets, 'github', `Bearer ${String(body['token'])}`);
  envoy = await startEnvoy(directory, proxy, {
    ...{ address: '127.0.0.1', names: ['127.0.0.1'], secrets },
    tls: { directory: tls, file: 'proxy.pem' },
    authorities: { model: ca.certificate, named: ca.certificate, github: github.ca },
    resolvers: [{ address: '127.0.0.1', port: dns.port }],
  });
}

const through = (upstream: keyof typeof ports, path: string, more: Partial<Asked> = {}) =>
  ask({ port: ports[upstream], ca: ca.certificate, path, from: user, ...more });

const message = (upstream: 'model' | 'named', more: Partial<Asked> = {}) =>
  through(upstream, '/v1/messages', { method: 'POST', ...more });

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let looks = 0; looks < 600; looks += 1) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`never: ${what}`);
}

describe('the API of an AI model', () => {
  it('gets its key as Authorization, and answers in pieces', async () => {
    const { status, text } = await message('model');
    expect([status, text]).toEqual([200, 'data: /v1/messages\n\ndata: [DONE]\n\n']);
  });

  it('does not get what a client sends there itself', async () => {
    const headers = { authorization: 'Bearer stolen', 'x-api-key': 'stolen' };
    expect((await message('model', { headers })).status).toBe(200);
  });

  it('answers 401 to whoever asks it directly', async () => {
    const direct = { port: modelPort, ca: ca.certificate, path: '/v1/messages', method: 'POST' };
    expect((await ask(direct)).status).toBe(401);
  });

  it.each([
    ['another path', 'POST', '/v1/files'],
    ['another method', 'GET', '/v1/messages'],
  ])('is not asked for %s', async (_, method, path) => {
    expect((await through('model', path, { method })).status).toBe(403);
  });
});

describe.runIf(process.platform === 'linux')('the consumer itself', () => {
  // It asks, tells the status, and goes on running, so that it can be looked into.
  const program = `
    const { request } = require('node:https');
    const [port, from, ca] = process.argv.slice(1);
    request({ host: '127.0.0.1', port, localAddress: from, ca, path: '/v1/messages', method: 'POST' },
      (answer) => answer.resume().on('end', () => console.log(answer.statusCode))).end();
    setInterval(() => {}, 1000);`;

  /** What a consumer was told, and whether the key is in its environment, on its command line or in its memory. */
  async function lookInto(env: Record<string, string>) {
    const args = ['-e', program, String(ports.model), user, ca.certificate];
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      const status = await new Promise<string>((resolve) => {
        child.stdout.once('data', (chunk: Buffer) => {
          resolve(chunk.toString().trim());
        });
      });
      const own = `/proc/${String(child.pid)}`;
      const told = await Promise.all(
        ['environ', 'cmdline'].map((name) => readFile(`${own}/${name}`)),
      );
      const [inMemory = false] = await searchMemory(child.pid ?? 0, [Buffer.from(modelKey)]);
      return { status, told: told.some((text) => text.includes(modelKey)), inMemory };
    } finally {
      child.kill('SIGKILL');
    }
  }

  it('has the answer, and the key nowhere', async () => {
    expect(await lookInto({})).toEqual({ status: '200', told: false, inMemory: false });
  });

  it('would be found out: one that has the key is', async () => {
    const found = await lookInto({ MODEL_KEY: modelKey });
    expect(found).toEqual({ status: '200', told: true, inMemory: true });
  });
});

describe("GitHub's API", () => {
  it('is read where it is declared, with a token that the consumer never has', async () => {
    const { status, text } = await through('github', '/api/v3/repos/example-org/homelab');
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject({ full_name: 'example-org/homelab' });
  });

  it('is not read beside it, nor written', async () => {
    const before = github.double.requests.length;
    const other = '/api/v3/repos/example-org/sibling';
    expect((await through('github', other)).status).toBe(403);
    const own = '/api/v3/repos/example-org/homelab';
    expect((await through('github', own, { method: 'DELETE' })).status).toBe(403);
    expect(github.double.requests.length).toBe(before);
  });
});

describe('a declared name', () => {
  it('is resolved by the proxy', async () => {
    await until('it is resolved', async () => (await message('named')).status === 200);
  });

  it.each([
    ['another address of this machine', '127.0.0.7'],
    ['loopback by IPv6', '::1'],
  ])(
    'that is answered with %s leads nowhere: its certificate is not of that name',
    async (_, address) => {
      const other = await createCa('Somebody else');
      const leaf = await issue(other, { commonName: 'x', dnsNames: ['api.model.example'] });
      const local = createServer(
        { key: leaf.privateKey, cert: leaf.certificate },
        (request, response) => {
          astray += JSON.stringify(request.headers);
          response.end();
        },
      );
      let reached = false;
      local.once('connection', () => {
        reached = true;
      });
      await new Promise<void>((resolve, reject) => {
        local.once('error', reject);
        local.listen(modelPort, address, resolve);
      });
      others.push(local);
      dns.answer = address;
      await until('it is tried', async () => {
        await message('named');
        return reached;
      });
      const { status, text } = await message('named');
      expect(status).toBe(503);
      expect(text).not.toContain(modelKey);
      expect(astray).toBe('');
      await new Promise((resolve) => local.close(resolve));
    },
  );

  it('that is answered with a service in the clear gives that no credential', async () => {
    const seen: Buffer[] = [];
    const clear = createPlain((socket) => {
      socket.on('data', (chunk) => seen.push(chunk));
      socket.on('error', () => undefined);
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi');
    });
    await new Promise<void>((resolve) => clear.listen(modelPort, '127.0.0.8', resolve));
    others.push(clear);
    dns.answer = '127.0.0.8';
    await until('it was reached', async () => {
      await message('named');
      return seen.length > 0;
    });
    expect((await message('named')).status).toBe(503);
    expect(Buffer.concat(seen).toString('latin1')).not.toContain(modelKey);
  });

  it('is used again when it is answered as before', async () => {
    dns.answer = '127.0.0.1';
    await until('it is resolved', async () => (await message('named')).status === 200);
  });
});
