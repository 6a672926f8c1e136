import { timingSafeEqual } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { makeControlToken } from '../aws/clock.ts';
import { readState, writePrivate } from '../aws/state-file.ts';
import { consoleError, refused, type Caller, type UnifiAnswer } from './call.ts';
import { classicController } from './classic.ts';
import { unifiConsole } from './console.ts';
import { control } from './control.ts';
import { Faults, isPrivateApi, withOtherFields } from './faults.ts';
import { Sessions } from './sessions.ts';
import { hashOf, stateOf, unifiState, type Account, type UnifiState } from './state.ts';

export interface UnifiDoubleOptions {
  readonly kind: 'os' | 'classic';
  /** Made when absent; holds `state.json` and `control-token`. No password and no key stands in it. */
  readonly stateDir: string;
  /** Local admins, where there is no state yet. */
  readonly accounts: readonly Account[];
  readonly tls: { readonly certificate: string; readonly privateKey: string };
  /** @default 0 - a free one */
  readonly port?: number;
  /** @default 127.0.0.1 */
  readonly host?: string;
  /** One line a request, never a secret. */
  readonly log?: (line: string) => void;
}

export interface UnifiDouble {
  /** Without a slash at the end. */
  readonly url: string;
  readonly faults: Faults;
  /** A copy of what it remembers. */
  readonly state: () => UnifiState;
  /** `METHOD /path` of every request, in order. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

const largestBody = 256 * 1024;

/** A double of a UniFi controller; what it does is in README.md beside this file. */
export async function startUnifiDouble(options: UnifiDoubleOptions): Promise<UnifiDouble> {
  await mkdir(options.stateDir, { recursive: true, mode: 0o700 });
  const file = join(options.stateDir, 'state.json');
  let state = (await readState(file, unifiState)) ?? stateOf(options.accounts);
  await writePrivate(file, JSON.stringify(state));
  const token = await makeControlToken(options.stateDir);
  const sessions = new Sessions();
  const faults = new Faults();
  const requests: string[] = [];

  /** One at a time; a request that fails half way leaves nothing behind. */
  let last: Promise<unknown> = Promise.resolve();
  const inOrder = <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work, work);
    last = next.catch(() => undefined);
    return next;
  };

  const answer = (request: IncomingMessage, path: string, body: Record<string, unknown>) =>
    inOrder(async (): Promise<UnifiAnswer> => {
      const method = request.method ?? '';
      const draft = structuredClone(state);
      const caller = callerOf(request, draft, sessions, options.kind);
      const forged = caller !== undefined && isForged(request, caller);
      const call = { method, path, body, state: draft, sessions, caller };
      const serve = options.kind === 'os' ? unifiConsole : classicController;
      if (forged) {
        return options.kind === 'os'
          ? consoleError(403, 'Invalid CSRF Token')
          : refused(403, 'NoPermission');
      }
      const given = serve(call);
      if (given.status < 300 && method !== 'GET') {
        await writePrivate(file, JSON.stringify(draft));
        state = draft;
      }
      return method !== 'GET' && options.kind === 'os' && caller?.session !== undefined
        ? withNewCsrf(given, caller.session)
        : given;
    });

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const path = new URL(request.url ?? '/', 'https://double').pathname;
    const body = await readBody(request);
    if (path.startsWith('/_lab/')) {
      const shown = Buffer.from(hashOf(request.headers.authorization ?? ''));
      const known = timingSafeEqual(shown, Buffer.from(hashOf(`Bearer ${token}`)));
      send(response, control(path, body, known, { faults, state }));
      return;
    }
    const line = `${request.method ?? ''} ${path}`;
    requests.push(line);
    const fault = faults.of(line);
    if (fault === 'hang') return;
    let given: UnifiAnswer;
    if (fault === 'refuse') given = consoleError(500, 'Internal Server Error');
    else if (fault === 'limit') given = consoleError(429, 'Too Many Requests');
    else if (faults.api === 'gone' && isPrivateApi(path)) given = consoleError(404, 'Not Found');
    else given = await answer(request, path, body);
    options.log?.(`unifi ${line} ${String(given.status)}${fault === undefined ? '' : ` ${fault}`}`);
    if (fault === 'lose-answer') {
      request.socket.destroy();
      return;
    }
    const other = faults.api === 'other-fields' && isPrivateApi(path);
    send(response, other ? { ...given, body: withOtherFields(given.body) } : given);
  };

  const server = createServer(
    { cert: options.tls.certificate, key: options.tls.privateKey, minVersion: 'TLSv1.2' },
    (request, response) => {
      handle(request, response).catch((error: unknown) => {
        options.log?.(`unifi: the double is broken: ${String(error)}`);
        send(response, consoleError(500, 'the double is broken; see its log'));
      });
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, options.host ?? '127.0.0.1', resolve);
  });
  return {
    url: `https://${options.host ?? '127.0.0.1'}:${String((server.address() as AddressInfo).port)}`,
    faults,
    state: () => structuredClone(state),
    requests,
    close: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      });
      await last;
    },
  };
}

function callerOf(
  { headers }: IncomingMessage,
  state: UnifiState,
  sessions: Sessions,
  kind: UnifiDoubleOptions['kind'],
): Caller | undefined {
  const key = headers['x-api-key'];
  if (kind === 'os' && typeof key === 'string') {
    const found = state.keys.find(({ hash }) => hash === hashOf(key));
    const admin = state.admins.find(({ id }) => id === found?.admin);
    return admin === undefined ? undefined : { admin, session: undefined };
  }
  const cookies = new Map(
    (headers.cookie ?? '').split(/;\s*/).map((pair): [string, string] => {
      const [name = '', value = ''] = pair.split('=', 2);
      return [name, value];
    }),
  );
  const session = sessions.find(cookies.get(kind === 'os' ? 'TOKEN' : 'unifises'));
  const admin = state.admins.find(({ id }) => id === session?.adminId);
  return admin === undefined ? undefined : { admin, session };
}

/** A request that changes something must show the token of its session. */
function isForged({ method, headers }: IncomingMessage, { session }: Caller): boolean {
  return session !== undefined && method !== 'GET' && headers['x-csrf-token'] !== session.csrf;
}

/** A console gives a new token with each change; the old one is no longer taken. */
function withNewCsrf(given: UnifiAnswer, session: { csrf: string }): UnifiAnswer {
  session.csrf = crypto.randomUUID();
  return { ...given, headers: { ...given.headers, 'x-updated-csrf-token': session.csrf } };
}

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > largestBody) return {};
    chunks.push(chunk);
  }
  try {
    const value: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function send(response: ServerResponse, { status, body, headers }: UnifiAnswer): void {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    ...(headers as Record<string, string | string[]> | undefined),
  });
  response.end(JSON.stringify(body));
}
