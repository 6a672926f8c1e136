import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { openbao } from '../../../lab/parts/python.ts';
import { freePorts } from '../../../lab/processes/port.ts';

export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Request {
  readonly method: 'GET' | 'POST' | 'DELETE' | 'LIST';
  readonly path: string;
  readonly body?: unknown;
  /** Response wrapping, e.g. `5m`. */
  readonly wrap?: string;
}

export interface Server {
  readonly request: (token: string, request: Request) => Promise<Answer>;
  readonly rootToken: string;
  readonly stop: () => Promise<void>;
}

/** A real OpenBao in memory, on the loopback; it is gone when it stops. */
export async function devServer(): Promise<Server> {
  const { path: bao } = await openbao(() => undefined);
  const [port] = await freePorts(1);
  const address = `http://127.0.0.1:${String(port)}`;
  const home = await mkdtemp(join(tmpdir(), 'openbao-dev-'));
  const rootToken = 'root';
  const server = execa(
    bao,
    ['server', '-dev', '-dev-no-store-token', `-dev-listen-address=127.0.0.1:${String(port)}`],
    {
      env: { HOME: home, BAO_DEV_ROOT_TOKEN_ID: rootToken },
      stdio: 'ignore',
      reject: false,
    },
  );

  const request = async (token: string, { method, path, body, wrap }: Request): Promise<Answer> => {
    const response = await fetch(`${address}/v1/${path}`, {
      method,
      headers: {
        'X-Vault-Token': token,
        ...(wrap === undefined ? {} : { 'X-Vault-Wrap-TTL': wrap }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      body: (text === '' ? {} : JSON.parse(text)) as Answer['body'],
    };
  };

  const stop = async () => {
    server.kill();
    await server;
    await rm(home, { recursive: true, force: true });
  };

  const deadline = Date.now() + 60_000;
  for (;;) {
    const up = await request(rootToken, { method: 'GET', path: 'sys/mounts' }).catch(
      () => undefined,
    );
    if (up?.status === 200) return { request, rootToken, stop };
    if (Date.now() > deadline || server.exitCode !== null) {
      await stop();
      throw new Error('OpenBao did not start');
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
