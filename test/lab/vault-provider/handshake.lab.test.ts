import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createCa, issue, type KeyPair } from '../../../lab/pki.ts';
import { buildStandIn } from '../../../lab/vault-provider/build.ts';
import { cookie } from '../../../lab/provider-protocol/go-plugin.ts';

let directory: string;
let program: string;
let plugin: ChildProcess | undefined;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'vault-provider-handshake-'));
  program = await buildStandIn(directory);
});

afterEach(() => {
  plugin?.kill('SIGTERM');
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

/** Starts the plugin as Terraform does, and returns the fields of its handshake line. */
async function start(clientCa: string): Promise<readonly string[]> {
  const child = spawn(program, [], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      TMPDIR: directory,
      [cookie.name]: cookie.value,
      PLUGIN_CLIENT_CERT: clientCa,
    },
  });
  plugin = child;
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (chunk: Buffer) => {
      resolve(chunk.toString('utf8'));
    });
    child.once('exit', () => {
      reject(new Error('the plugin ended'));
    });
  });
  return line.trimEnd().split('|');
}

/** Whether the plugin speaks HTTP/2 with a client that shows this certificate. */
function answers(fields: readonly string[], client?: KeyPair): Promise<boolean> {
  const body = (fields[5] ?? '').match(/.{1,64}/g)?.join('\n') ?? '';
  const padding = '='.repeat((4 - ((fields[5] ?? '').length % 4)) % 4);
  return new Promise((resolve) => {
    const socket = connect({
      path: fields[3] ?? '',
      servername: 'localhost',
      ca: `-----BEGIN CERTIFICATE-----\n${body}${padding}\n-----END CERTIFICATE-----\n`,
      cert: client?.certificate,
      key: client?.privateKey,
      ALPNProtocols: ['h2'],
    });
    socket.once('secureConnect', () => socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'));
    socket.once('data', () => {
      resolve(true);
      socket.destroy();
    });
    socket.once('error', () => {
      resolve(false);
    });
    socket.once('close', () => {
      resolve(false);
    });
  });
}

describe('the socket of the plugin', () => {
  it('serves the one client whose certificate Terraform has named, and nobody else', async () => {
    const terraform = await createCa('terraform');
    const stranger = await createCa('stranger');
    const fields = await start(terraform.certificate);
    expect(fields.slice(0, 3)).toEqual(['1', '5', 'unix']);
    expect(await answers(fields, await issue(terraform, { commonName: 'localhost' }))).toBe(true);
    expect(await answers(fields)).toBe(false);
    expect(await answers(fields, await issue(stranger, { commonName: 'localhost' }))).toBe(false);
  });
});
