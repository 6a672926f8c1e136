import { X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { connect, createServer } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { certificateRequest } from '../../../src/client/certificate/csr.ts';
import { newKey } from '../../../src/client/certificate/identity.ts';
import { addresses, deploy, type Deployed } from '../deployed.ts';

let deployed: Deployed;
let token: string;

beforeAll(async () => {
  deployed = await deploy({
    engines: {
      pki: {
        roles: {
          web: { domains: ['web-1.example.net', 'web-2.example.net'], ttl: '7d' },
          agent: { domains: ['agent.example.net'], use: 'client', ttl: '1h' },
          other: { domains: ['other.example.net'], ttl: '7d' },
        },
      },
    },
    grants: { unpoller: [{ certificate: 'web' }, { certificate: 'agent' }] },
  });
  token = await deployed.tokenOf('unpoller');
});
afterAll(() => deployed.stop());

const run = (...args: readonly string[]) =>
  deployed.bundle(['certificate', ...args], {
    consumer: 'unpoller',
    localAddress: addresses.unpoller,
    env: { BAO_TOKEN: token },
  });

const sign = (role: string, csr: string, more: object = {}) =>
  deployed.ask({
    method: 'POST',
    path: `pki-services/sign/${role}`,
    body: { csr, ...more },
    token,
    from: addresses.unpoller,
  });

describe('backbone certificate', () => {
  it('writes a key and its certificate, which a TLS server can be run with', async () => {
    const out = join(deployed.directory, 'tls');
    const outcome = await run('web', '--name', 'web-1.example.net', '--out', out);
    expect(outcome).toMatchObject({ exitCode: 0, stderr: '' });
    const file = join(out, 'web-1.example.net.pem');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const pem = await readFile(file, 'utf8');
    const ca = await readFile(join(out, 'ca.pem'), 'utf8');

    const server = createServer({ key: pem, cert: pem }, (socket) => socket.end('served'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const ask = (servername: string) =>
      new Promise<string>((resolve, reject) => {
        const socket = connect({ host: '127.0.0.1', port, ca, servername });
        let text = '';
        socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
        socket.once('end', () => {
          resolve(text);
        });
        socket.once('error', reject);
      });
    try {
      expect(await ask('web-1.example.net')).toBe('served');
      await expect(ask('web-2.example.net')).rejects.toThrow("does not match certificate's");
    } finally {
      server.close();
    }
  });

  it('makes a new key at each run', async () => {
    const out = join(deployed.directory, 'again');
    const file = join(out, 'agent.example.net.pem');
    expect((await run('agent', '--out', out)).exitCode).toBe(0);
    const first = await readFile(file, 'utf8');
    expect((await run('agent', '--out', out)).exitCode).toBe(0);
    expect(await readFile(file, 'utf8')).not.toBe(first);
  });

  it.each<readonly [string, readonly string[], string]>([
    ['a name that its role has not', ['web', '--name', 'web-3.example.net'], 'there are: web-1'],
    ['a role that is not granted', ['other'], 'there are: agent, web'],
    ['no name where there are two', ['web'], 'name one: web-1.example.net, web-2.example.net'],
  ])('is not given for %s, and writes nothing', async (_, args, said) => {
    const out = join(deployed.directory, 'nothing');
    const { exitCode, stderr } = await run(...args, '--out', out);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(said);
    await expect(stat(out)).rejects.toThrow('ENOENT');
  });
});

describe('the CA for services', () => {
  it('signs the names of a role, for its use and its life, and nothing near them', async () => {
    const csr = (name: string) => certificateRequest(name, newKey());
    const { status, body } = await sign('web', csr('web-1.example.net'));
    expect(status).toBe(200);
    const leaf = new X509Certificate((body['data'] as { certificate: string }).certificate);
    expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(leaf.ca).toBe(false);
    for (const name of [
      'web-3.example.net',
      'a.web-1.example.net',
      'example.net',
      '*.example.net',
    ]) {
      expect([name, (await sign('web', csr(name))).status]).toEqual([name, 400]);
    }
    expect((await sign('other', csr('other.example.net'))).status).toBe(403);
    expect((await sign('web', csr('web-1.example.net'), { ttl: '8760h' })).status).toBe(403);
    expect((await sign('web', csr('web-1.example.net'), { alt_names: 'x' })).status).toBe(403);
  });

  it('is not the CA that consumers log in by', async () => {
    const key = newKey();
    const { body } = await sign('agent', certificateRequest('agent.example.net', key));
    const { certificate } = body['data'] as { certificate: string };
    const answer = await deployed.ask({
      method: 'POST',
      path: 'auth/cert/login',
      body: { name: 'unpoller' },
      from: addresses.unpoller,
      certificate: {
        cert: certificate,
        key: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
      },
    });
    expect(answer.status).toBe(400);
  });
});
