import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { request as plainRequest } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { openbao } from '../../../lab/parts/python.ts';
import { createCa, issue } from '../../../lab/pki.ts';
import { freePorts } from '../../../lab/processes/port.ts';
import {
  startProcess,
  stopProcess,
  waitFor,
  type Command,
} from '../../../lab/processes/process.ts';

export interface Request {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'LIST';
  /** Below `/v1/`. */
  readonly path: string;
  readonly body?: unknown;
  readonly token?: string;
  /** Response wrapping, e.g. `5m`. */
  readonly wrap?: string;
  /** Source address of the connection. */
  readonly from?: string;
  /** Client certificate and key, PEM. */
  readonly certificate?: { readonly cert: string; readonly key: string };
}

export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A real OpenBao in a directory of its own: TLS, raft, static seal, two declarative audit devices. */
export interface Server {
  readonly address: string;
  /** PEM of the CA of its certificate, and the file that holds it. */
  readonly ca: string;
  readonly caFile: string;
  readonly auditLogs: readonly [string, string];
  readonly rootToken: string;
  readonly ask: (request: Request) => Promise<Answer>;
  readonly stop: () => Promise<void>;
  /** Starts it again on the same port, with the same data. */
  readonly start: () => Promise<void>;
}

/** A server in a network of its own: the test, which is outside, reaches it by a socket in the file system. */
export interface Elsewhere {
  /** Address that it listens on. */
  readonly address: string;
  /** The command that runs a command in that network. */
  readonly within: (command: Command) => Command;
}

/**
 * @param plugins  further stanzas of the configuration, e.g. a plugin
 * @param elsewhere  @default - on the loopback of this machine
 */
export async function startServer(
  directory: string,
  plugins = '',
  elsewhere?: Elsewhere,
): Promise<Server> {
  const { path: bao } = await openbao(() => undefined);
  const [port = 0, clusterPort = 0] = await freePorts(2);
  const host = elsewhere?.address ?? '127.0.0.1';
  const address = `https://${host}:${String(port)}`;
  const ca = await createCa('Test CA');
  const leaf = await issue(ca, { commonName: 'openbao', addresses: ['127.0.0.1', host] });
  const inside = (name: string) => join(directory, name);
  const socket = elsewhere === undefined ? undefined : inside('openbao.sock');
  const auditLogs = [inside('audit-first.log'), inside('audit-second.log')] as const;
  await mkdir(inside('data'), { recursive: true, mode: 0o700 });
  await mkdir(inside('plugins'), { recursive: true, mode: 0o700 });
  const files: readonly (readonly [string, string | Buffer])[] = [
    ['ca.pem', ca.certificate],
    ['tls.pem', leaf.certificate],
    ['tls.key', leaf.privateKey],
    ['seal.key', randomBytes(32)],
    [
      'openbao.hcl',
      configuration({ directory, host, port, clusterPort, auditLogs, plugins, socket }),
    ],
  ];
  for (const [name, content] of files) await writeFile(inside(name), content, { mode: 0o600 });

  const ask = (asked: Request) => send(address, ca.certificate, asked, socket);
  const log = inside('openbao.log');
  const ours = { command: bao, args: ['server', `-config=${inside('openbao.hcl')}`] };
  const command = elsewhere?.within(ours) ?? ours;
  let running = await startProcess(command, log);
  // Generous: a loaded machine is slow, and a server that has ended is noticed at once.
  const until = (...states: readonly number[]) =>
    waitFor(
      'OpenBao',
      running,
      log,
      async () => states.includes((await ask(health).catch(() => undefined))?.status ?? 0),
      120,
    );
  try {
    await until(uninitialised);
    const initialised = await ask({
      method: 'PUT',
      path: 'sys/init',
      body: { recovery_shares: 1, recovery_threshold: 1 },
    });
    const rootToken = initialised.body['root_token'];
    if (typeof rootToken !== 'string') throw new Error(JSON.stringify(initialised));
    await until(active);
    return {
      address,
      ca: ca.certificate,
      caFile: inside('ca.pem'),
      auditLogs,
      rootToken,
      ask,
      stop: () => stopProcess(running),
      start: async () => {
        running = await startProcess(command, log);
        await until(active);
      },
    };
  } catch (error) {
    await stopProcess(running);
    throw error;
  }
}

/** Codes of sys/health (OpenBao API). */
const active = 200;
const uninitialised = 501;
const health: Request = { method: 'GET', path: 'sys/health' };

function configuration(server: {
  readonly directory: string;
  readonly host: string;
  readonly socket: string | undefined;
  readonly port: number;
  readonly clusterPort: number;
  readonly auditLogs: readonly [string, string];
  readonly plugins: string;
}): string {
  const inside = (name: string) => JSON.stringify(join(server.directory, name));
  const audit = (name: string, file: string) => `audit "file" "${name}" {
  options {
    file_path = ${JSON.stringify(file)}
    mode = "0600"
  }
}
`;
  return `ui = false
api_addr = "https://${server.host}:${String(server.port)}"
cluster_addr = "https://127.0.0.1:${String(server.clusterPort)}"
default_lease_ttl = "15m"
max_lease_ttl = "768h"
plugin_directory = ${inside('plugins')}
plugin_auto_register = true

listener "tcp" {
  address = "${server.host}:${String(server.port)}"
  cluster_address = "127.0.0.1:${String(server.clusterPort)}"
  tls_cert_file = ${inside('tls.pem')}
  tls_key_file = ${inside('tls.key')}
}
${
  server.socket === undefined
    ? ''
    : `listener "unix" {
  address = ${JSON.stringify(server.socket)}
  socket_mode = "600"
  tls_disable = true
}
`
}
storage "raft" {
  path = ${inside('data')}
  node_id = "one"
  performance_multiplier = 1
}

seal "static" {
  current_key_id = "one"
  current_key = ${JSON.stringify(`file://${join(server.directory, 'seal.key')}`)}
}

${audit('first', server.auditLogs[0])}
${audit('second', server.auditLogs[1])}
${server.plugins}`;
}

function send(
  address: string,
  ca: string,
  asked: Request,
  socketPath: string | undefined,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = (socketPath === undefined ? request : plainRequest)(
      `${socketPath === undefined ? address : 'http://localhost'}/v1/${asked.path}`,
      {
        method: asked.method,
        ca,
        agent: false,
        timeout: 60_000,
        ...(socketPath === undefined ? { localAddress: asked.from } : { socketPath }),
        cert: asked.certificate?.cert,
        key: asked.certificate?.key,
        headers: {
          'X-Vault-Request': 'true',
          ...(asked.token === undefined ? {} : { 'X-Vault-Token': asked.token }),
          ...(asked.wrap === undefined ? {} : { 'X-Vault-Wrap-TTL': asked.wrap }),
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.once('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({
            status: response.statusCode ?? 0,
            body: (text === '' ? {} : JSON.parse(text)) as Answer['body'],
          });
        });
      },
    );
    outgoing.once('timeout', () => outgoing.destroy(new Error('no answer')));
    outgoing.once('error', reject);
    outgoing.end(asked.body === undefined ? undefined : JSON.stringify(asked.body));
  });
}
