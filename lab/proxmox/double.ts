import { appendFile, mkdir } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { journalFile, type JournalEntry } from './journal.ts';
import { Refusal } from './refusal.ts';
import { dispatch, isReading } from './router.ts';
import { words, type Runtime } from './runtime.ts';
import { readState, writeState } from './state.ts';
import { authenticate, parseToken } from './token.ts';

export interface ProxmoxDoubleOptions {
  /** Directory for `state.json` and `journal.jsonl`; made when absent. */
  readonly stateDir: string;
  /** @default - one that is free */
  readonly port?: number;
  /** @default 127.0.0.1 */
  readonly host?: string;
  /** PEM. */
  readonly tls: { readonly certificate: string; readonly privateKey: string };
  /** The one API token: `user@realm!name=secret`. */
  readonly token: string;
  /** Names of the nodes of the cluster. */
  readonly nodes: readonly string[];
  /** @default - containers are words in the state, and nothing boots */
  readonly runtime?: Runtime;
  readonly log?: (line: string) => void;
  /** Waited for before a call is served: a test can hold it, or end the caller meanwhile. */
  readonly before?: (call: { readonly method: string; readonly path: string }) => Promise<void>;
}

export interface ProxmoxDouble {
  /** Base URL, with a slash at the end. */
  readonly url: string;
  readonly close: () => Promise<void>;
}

const prefix = '/api2/json/';
const largestBody = 1024 * 1024;

/**
 * A double of the Proxmox VE API, as far as the bpg provider 0.111.1 and this program use it. What it
 * does and what it does not is in README.md beside this file.
 *
 * State survives `close` and being killed; two doubles must not share a directory.
 */
export async function startProxmoxDouble(options: ProxmoxDoubleOptions): Promise<ProxmoxDouble> {
  const { stateDir, host = '127.0.0.1', nodes, runtime = words } = options;
  const token = parseToken(options.token);
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  const stateFile = join(stateDir, 'state.json');
  let state = await readState(stateFile);
  await runtime.filter(state);

  /** One at a time, so that each call sees a whole state, and the file is written in order. */
  let last: Promise<unknown> = Promise.resolve();
  const inOrder = <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work, work);
    last = next;
    return next;
  };

  const serve = (method: string, path: string, form: URLSearchParams) =>
    inOrder(async () => {
      // A call that fails half way leaves nothing behind.
      const draft = structuredClone(state);
      for (const guest of Object.values(draft.guests)) {
        if (guest.kind === 'lxc') guest.status = await runtime.status(guest);
      }
      const user = token.id;
      const data = await dispatch(method, path, { state: draft, runtime, nodes, user, form });
      if (!isReading(method)) {
        await runtime.filter(draft);
        await writeState(stateFile, draft);
        state = draft;
      }
      return data ?? null;
    });

  const note = (entry: JournalEntry) => {
    options.log?.(`proxmox ${entry.method} ${entry.path} ${String(entry.status)}`);
    return inOrder(() =>
      appendFile(join(stateDir, journalFile), `${JSON.stringify(entry)}\n`, { mode: 0o600 }),
    );
  };

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const method = request.method ?? '';
    const url = new URL(request.url ?? '/', 'https://double');
    const path = url.pathname.startsWith(prefix) ? url.pathname.slice(prefix.length) : '';
    let status = 200;
    let reason = 'OK';
    let body: unknown;
    try {
      authenticate(request.headers.authorization, token);
      await options.before?.({ method, path });
      const form = new URLSearchParams(await readBody(request));
      for (const [name, value] of url.searchParams) form.append(name, value);
      body = { data: await serve(method, path, form) };
    } catch (error) {
      const refusal = error instanceof Refusal ? error : new Refusal(500, 'the double is broken');
      if (refusal !== error) options.log?.(String(error));
      status = refusal.status;
      reason = refusal.message;
      body = {
        data: null,
        message: `${reason}\n`,
        ...(refusal.errors && { errors: refusal.errors }),
      };
    }
    await note({ method, path, status });
    response.writeHead(status, reason.replaceAll(/[^\x20-\x7e]/g, '?'), {
      'content-type': 'application/json;charset=UTF-8',
    });
    response.end(JSON.stringify(body));
  };

  const server = createServer(
    { cert: options.tls.certificate, key: options.tls.privateKey, minVersion: 'TLSv1.3' },
    (request, response) => {
      void handle(request, response);
    },
  );
  const port = await listen(server, options.port ?? 0, host);
  return {
    url: `https://${host.includes(':') ? `[${host}]` : host}:${String(port)}/`,
    close: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      });
      await last.catch(() => undefined);
    },
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > largestBody) throw new Refusal(413, 'Request Entity Too Large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function listen(server: Server, port: number, host: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return (server.address() as AddressInfo).port;
}
