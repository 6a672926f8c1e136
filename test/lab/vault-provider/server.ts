import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile, cp } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { goTool, goTools } from '../../../lab/parts/go.ts';
import { openbao } from '../../../lab/parts/python.ts';
import { freePorts } from '../../../lab/processes/port.ts';

export interface Reply {
  readonly status: number;
  readonly body: { readonly data?: Record<string, unknown>; readonly errors?: readonly string[] };
}

/** A real OpenBao of its own, in memory, with TLS and (where asked for) the AWS secrets engine. */
export class TestServer {
  private constructor(
    private readonly process: ChildProcess,
    readonly directory: string,
    readonly address: string,
    readonly caFile: string,
    readonly token: string,
    private readonly ca: string,
  ) {}

  static async start({ aws = false }: { readonly aws?: boolean } = {}): Promise<TestServer> {
    const silent = () => undefined;
    const { path: bao } = await openbao(silent);
    const directory = await realpath(await mkdtemp(join(tmpdir(), 'vault-provider-server-')));
    const [port = 0] = await freePorts(1);
    const plugins = join(directory, 'plugins');
    await mkdir(plugins);
    let plugin = '';
    if (aws) {
      const engine = await goTool(goTools.awsSecretsEngine, silent);
      await cp(engine.path, join(plugins, 'aws-engine'));
      const sha256 = createHash('sha256')
        .update(await readFile(engine.path))
        .digest('hex');
      plugin = `
plugin_directory = ${JSON.stringify(plugins)}
plugin_auto_register = true
plugin "secret" "aws" {
  command = "aws-engine"
  version = "v0.3.0"
  sha256sum = "${sha256}"
}`;
    }
    const config = join(directory, 'server.hcl');
    await writeFile(config, `default_lease_ttl = "1h"\nmax_lease_ttl = "24h"\n${plugin}\n`);
    const token = `root-${createHash('sha256').update(directory).digest('hex').slice(0, 24)}`;
    const child = spawn(
      bao,
      [
        ...['server', '-dev', '-dev-tls', `-dev-tls-cert-dir=${directory}`, `-config=${config}`],
        ...['-dev-no-store-token', `-dev-root-token-id=${token}`],
        `-dev-listen-address=127.0.0.1:${String(port)}`,
      ],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { PATH: process.env['PATH'] ?? '', HOME: directory },
      },
    );
    const output: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => output.push(chunk));
    const caFile = join(directory, 'vault-ca.pem');
    const address = `https://127.0.0.1:${String(port)}`;
    for (let attempt = 0; attempt < 600; attempt += 1) {
      if (child.exitCode !== null) break;
      const ca = await readFile(caFile, 'utf8').catch(() => undefined);
      if (ca !== undefined) {
        const server = new TestServer(child, directory, address, caFile, token, ca);
        const healthy = await server.call('GET', 'sys/health').catch(() => undefined);
        if (healthy?.status === 200) return server;
      }
      await delay(50);
    }
    child.kill('SIGKILL');
    throw new Error(
      `OpenBao did not start:\n${Buffer.concat(output).toString('utf8').slice(-2000)}`,
    );
  }

  /** @param token  @default - the root token */
  call(method: string, path: string, body?: unknown, token = this.token): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const call = request(
        `${this.address}/v1/${path}`,
        { method, ca: this.ca, headers: { 'X-Vault-Token': token } },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.once('end', () => {
            const text = Buffer.concat(chunks).toString('utf8');
            const parsed = (text === '' ? {} : JSON.parse(text)) as Reply['body'];
            resolve({ status: response.statusCode ?? 0, body: parsed });
          });
        },
      );
      call.once('error', reject);
      call.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  async data(path: string): Promise<Record<string, unknown> | undefined> {
    const { status, body } = await this.call('GET', path);
    return status === 200 ? (body.data ?? {}) : undefined;
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    if (this.process.exitCode === null && this.process.signalCode === null) {
      this.process.kill('SIGTERM');
      await ended;
    }
    await rm(this.directory, { recursive: true, force: true });
  }
}
