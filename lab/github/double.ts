import { mkdir } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { makeControlToken, shiftableClock, type ShiftableClock } from '../aws/clock.ts';
import { answerApi } from './api.ts';
import { control } from './control.ts';
import { Faults, type Fault } from './faults.ts';
import { isGit, makeRepository, repositoryPath, serveGit } from './git.ts';
import { Refusal, type Reply } from './refusal.ts';
import { stateOf, type GithubPlace, type GithubState, type Repository } from './state.ts';

export interface GithubDoubleOptions extends GithubPlace {
  /** Made when absent; holds the repositories and `control-token`. No token of an installation stands in it. */
  readonly stateDir: string;
  readonly tls: { readonly certificate: string; readonly privateKey: string };
  /** @default 0 - a free one */
  readonly port?: number;
  /** @default 127.0.0.1 */
  readonly host?: string;
  /** One line a request, never a secret. */
  readonly log?: (line: string) => void;
}

export interface GithubDouble {
  /** Where git pushes to, without a slash at the end. */
  readonly url: string;
  /** Base of the API, as an Enterprise Server has it. */
  readonly apiUrl: string;
  readonly faults: Faults;
  readonly clock: ShiftableClock;
  readonly state: GithubState;
  /** `METHOD /path` of every request, in order. */
  readonly requests: readonly string[];
  /** The bare repository on disk. */
  readonly pathOf: (repository: Repository) => string;
  close(): Promise<void>;
}

const apiBase = '/api/v3';
const largestBody = 1024 * 1024;

/** A double of GitHub: API and git; what it does is in README.md beside this file. */
export async function startGithubDouble(options: GithubDoubleOptions): Promise<GithubDouble> {
  const { stateDir, tls, host = '127.0.0.1', log = () => undefined, ...place } = options;
  const root = join(stateDir, 'repositories');
  await mkdir(root, { recursive: true, mode: 0o700 });
  const controlToken = await makeControlToken(stateDir);
  const { port = 0, ...given } = place;
  const state = stateOf(given);
  for (const repository of state.repositories) await makeRepository(root, repository);
  const clock = shiftableClock();
  const faults = new Faults();
  const requests: string[] = [];

  const reply = async (request: IncomingMessage, path: string, fault: Fault | undefined) => {
    const body = await readBody(request);
    const authorization = request.headers.authorization ?? '';
    if (path.startsWith('/_lab/')) {
      if (authorization !== `Bearer ${controlToken}`) throw new Refusal(403, 'not the lab');
      return control(path, body, { clock, faults, state });
    }
    if (!path.startsWith(`${apiBase}/`)) throw new Refusal(404, 'Not Found');
    limit(fault, clock.now());
    const answer = await answerApi(
      {
        method: request.method ?? 'GET',
        parts: path
          .slice(apiBase.length + 1)
          .split('/')
          .map(decodeURIComponent),
        authorization,
        body,
        now: clock.now(),
      },
      { state, makeRepository: (made) => makeRepository(root, made) },
    );
    return fault?.how === 'wider' ? widened(answer) : answer;
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname } = new URL(request.url ?? '/', 'https://github.lab');
    const line = `${request.method ?? ''} ${pathname}`;
    if (!pathname.startsWith('/_lab/')) requests.push(line);
    const fault = pathname.startsWith('/_lab/') ? undefined : faults.of(line);
    if (fault?.how === 'hang') return;
    try {
      if (isGit(pathname)) await serveGit(request, response, { state, root, now: clock.now() });
      else {
        const answer = await reply(request, pathname, fault);
        if (fault?.how === 'lose-answer') response.destroy();
        else send(response, answer);
      }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (isGit(pathname)) {
        request.resume();
        response.writeHead(error.status, { 'content-type': 'text/plain', ...error.headers });
        response.end(`${error.message}\n`);
      } else send(response, error.reply());
    }
    log(`GitHub ${line} ${String(response.statusCode)}`);
  };
  const server = createServer(
    { cert: tls.certificate, key: tls.privateKey },
    (request, response) => {
      handle(request, response).catch((error: unknown) => {
        log(`GitHub double: ${String(error)}`);
        response.destroy();
      });
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const url = `https://${host}:${String((server.address() as AddressInfo).port)}`;
  return {
    url,
    apiUrl: `${url}${apiBase}`,
    faults,
    clock,
    state,
    requests,
    pathOf: (repository) => repositoryPath(root, repository),
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

/** @throws Refusal  what the planned fault answers */
function limit(fault: Fault | undefined, now: number): void {
  const retry = { 'retry-after': String(fault?.retryAfter ?? 0) };
  const secondary =
    'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.';
  switch (fault?.how) {
    case 'broken':
      throw new Refusal(502, 'Server Error');
    case 'secondary':
      throw new Refusal(403, secondary, {}, retry);
    case 'limited':
      throw new Refusal(429, secondary, {}, retry);
    case 'exhausted':
      throw new Refusal(
        403,
        'API rate limit exceeded',
        {},
        {
          'x-ratelimit-remaining': '0',
          'x-ratelimit-reset': String(Math.ceil(now / 1000) + fault.retryAfter),
        },
      );
    case 'hang':
    case 'lose-answer':
    case 'wider':
    case undefined:
  }
}

function widened(answer: Reply): Reply {
  if (answer.status !== 201 || typeof answer.body !== 'object') return answer;
  const { permissions } = answer.body as { permissions?: Record<string, string> };
  return { ...answer, body: { ...answer.body, permissions: { ...permissions, secrets: 'write' } } };
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > largestBody) throw new Refusal(413, 'Payload too large');
    chunks.push(chunk);
  }
  if (length === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new Refusal(400, 'Problems parsing JSON');
  }
}

function send(response: ServerResponse, { status, body, headers }: Reply): void {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'x-github-media-type': 'github.v3; format=json',
    ...headers,
  });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}
