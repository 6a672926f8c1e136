import { randomUUID } from 'node:crypto';
import { appendFile, mkdir } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import { shiftableClock, type ShiftableClock } from '../aws/clock.ts';
import type { Place } from './call.ts';
import { Refusal } from './refusal.ts';
import { dispatch } from './router.ts';
import { hashOf } from './routes/login.ts';
import { readState, writeState, type Administrator, type State } from './state.ts';

export interface InfisicalDoubleOptions extends Place {
  /** Directory for `state.json` and `journal.jsonl`; made when absent. */
  readonly stateDir: string;
  /** @default - one that is free */
  readonly port?: number;
  /** Address to listen on. @default 127.0.0.1 */
  readonly host?: string;
  /** PEM. */
  readonly tls: { readonly certificate: string; readonly privateKey: string };
  readonly administrator: Administrator;
  /** What lives are counted by. @default - the machine's */
  readonly clock?: ShiftableClock;
  readonly log?: (line: string) => void;
  /** What goes wrong with a call. @default - nothing does */
  readonly fault?: (call: FaultyCall) => Fault | undefined | Promise<Fault | undefined>;
}

export interface FaultyCall {
  readonly method: string;
  /** Below /api. */
  readonly path: string;
  /** From 1. */
  readonly number: number;
}

/**
 * - `refuse`: answered with that status, without doing anything
 * - `drop`: the connection is cut, without doing anything
 * - `lose-answer`: done, and the connection is cut instead of an answer
 * - `hang`: nothing is done and nothing answered, until the caller gives up
 */
export type Fault =
  | { readonly kind: 'refuse'; readonly status: number }
  | { readonly kind: 'drop' | 'lose-answer' | 'hang' };

export interface InfisicalDouble {
  /** Base URL, without a slash at the end. */
  readonly url: string;
  /** What it remembers now. */
  readonly state: () => State;
  readonly close: () => Promise<void>;
}

const prefix = '/api/';
/** What Fastify, which Infisical runs on, takes unless told otherwise. */
const largestBody = 1024 * 1024;

/**
 * A double of the Infisical API, as far as the provider 0.19.24, the SDK, `infisical run` and this program
 * use it. What it does and what it does not is in README.md beside this file.
 *
 * State survives `close` and being killed; two doubles must not share a directory.
 */
export async function startInfisicalDouble(
  options: InfisicalDoubleOptions,
): Promise<InfisicalDouble> {
  const { stateDir, host = '127.0.0.1', clock = shiftableClock() } = options;
  const { now } = clock;
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  const stateFile = join(stateDir, 'state.json');
  let state = await readState(stateFile);
  admit(state, options.administrator, now());
  let count = 0;

  /** One at a time, so that each call sees a whole state, and the files are written in order. */
  let last: Promise<unknown> = Promise.resolve();
  const inOrder = <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work, work);
    last = next;
    return next;
  };

  const serve = (request: IncomingMessage, url: URL, body: unknown) =>
    inOrder(async () => {
      const draft = structuredClone(state);
      const kept = structuredClone(state);
      const [, token] = /^Bearer (.+)$/.exec(request.headers.authorization ?? '') ?? [];
      try {
        const answer = dispatch({
          method: request.method ?? '',
          target: url.pathname.slice(prefix.length),
          token,
          state: draft,
          place: options,
          now: now(),
          source: request.socket.remoteAddress ?? '',
          query: url.searchParams,
          body,
        });
        state = draft;
        return answer;
      } catch (error) {
        // A call that fails half way leaves nothing behind but its use of token and client secret.
        state = { ...kept, ...counters(draft) };
        throw error;
      } finally {
        await writeState(stateFile, state);
      }
    });

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    count += 1;
    const method = request.method ?? '';
    const url = new URL(request.url ?? '/', 'https://double');
    const path = url.pathname.slice(prefix.length);
    let status = 200;
    let answer: unknown;
    const fault = await options.fault?.({ method, path, number: count });
    try {
      const body = await readBody(request);
      if (url.pathname === '/_lab/clock') {
        shiftClock(clock, request, options.administrator, body);
        response.writeHead(204).end();
        return;
      }
      if (fault?.kind === 'hang') return;
      if (fault?.kind === 'drop') {
        request.socket.destroy();
        return;
      }
      if (fault?.kind === 'refuse') {
        throw new Refusal(fault.status, 'InternalServerError', 'Something went wrong');
      }
      answer = await serve(request, url, body);
      if (fault?.kind === 'lose-answer') {
        request.socket.destroy();
        return;
      }
    } catch (error) {
      const refusal =
        error instanceof Refusal
          ? error
          : new Refusal(500, 'InternalServerError', 'Something went wrong');
      if (refusal !== error) options.log?.(String(error));
      ({ status } = refusal);
      answer = {
        reqId: `req-${randomUUID()}`,
        statusCode: status,
        message: refusal.message,
        error: refusal.error,
      };
    }
    options.log?.(`infisical ${method} ${path} ${String(status)}`);
    await inOrder(() => note(stateDir, { method, path, status }));
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
    response.end(JSON.stringify(answer));
  };

  const server = createServer(
    { cert: options.tls.certificate, key: options.tls.privateKey, minVersion: 'TLSv1.2' },
    (request, response) => {
      handle(request, response).catch((error: unknown) => {
        options.log?.(String(error));
        response.destroy();
      });
    },
  );
  const port = await listen(server, options.port ?? 0, host);
  return {
    url: `https://${host.includes(':') ? `[${host}]` : host}:${String(port)}`,
    state: () => structuredClone(state),
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

const shift = z.object({ offsetSeconds: z.number().int() });

/** `POST /_lab/clock {"offsetSeconds": 901}`, with the administrator's client secret as bearer token. */
function shiftClock(
  clock: ShiftableClock,
  request: IncomingMessage,
  { clientSecret }: Administrator,
  body: unknown,
): void {
  if (request.headers.authorization !== `Bearer ${clientSecret}`) {
    throw new Refusal(403, 'ForbiddenRequest', 'The clock is the administrator’s');
  }
  clock.shift(shift.parse(body).offsetSeconds);
}

/** What counts whether a call succeeds or not. */
function counters({ accessTokens, clientSecrets, universalAuths }: State): Partial<State> {
  return { accessTokens, clientSecrets, universalAuths };
}

/** The instance's first identity, with a client secret that does not end. */
function admit(state: State, { clientId, clientSecret }: Administrator, now: number): void {
  const id = 'administrator';
  if (state.identities[id] !== undefined) return;
  const at = new Date(now).toISOString();
  const everywhere = [
    { ipAddress: '0.0.0.0', type: 'ipv4' as const, prefix: 0 },
    { ipAddress: '::', type: 'ipv6' as const, prefix: 0 },
  ];
  state.identities[id] = {
    id,
    name: 'administrator',
    role: 'admin',
    hasDeleteProtection: true,
    metadata: [],
  };
  state.universalAuths[id] = {
    id: `${id}-universal-auth`,
    clientId,
    clientSecretTrustedIps: everywhere,
    accessTokenTTL: 3600,
    accessTokenMaxTTL: 3600,
    accessTokenNumUsesLimit: 0,
    accessTokenTrustedIps: everywhere,
    createdAt: at,
    updatedAt: at,
    failures: 0,
    lockedUntil: 0,
  };
  state.clientSecrets[id] = {
    id: `${id}-client-secret`,
    identityId: id,
    hash: hashOf(clientSecret),
    prefix: clientSecret.slice(0, 4),
    description: 'first identity',
    ttl: 0,
    numUses: 0,
    numUsesLimit: 0,
    isRevoked: false,
    created: now,
  };
}

/** Neither parameters nor headers: nothing secret can stand in a journal. */
async function note(stateDir: string, entry: object): Promise<void> {
  const file = join(stateDir, 'journal.jsonl');
  await appendFile(file, `${JSON.stringify(entry)}\n`, { mode: 0o600 });
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > largestBody) {
      throw new Refusal(413, 'FST_ERR_CTP_BODY_TOO_LARGE', 'Request body is too large');
    }
    chunks.push(chunk);
  }
  if (length === 0) return {};
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new Refusal(400, 'BadRequest', 'Body is not valid JSON');
  }
}

async function listen(server: Server, port: number, host: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return (server.address() as AddressInfo).port;
}
