import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { execa } from 'execa';
import { Refusal } from './refusal.ts';
import { findRepository, reachOf, type GithubState, type Repository } from './state.ts';
import { tokenOf, within } from './tokens.ts';

/** `/<owner>/<name>.git/<what git asks for>`; git asks without `.git` where its URL has none. */
const paths = /^\/([^/]+)\/([^/]+?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack)$/;

export function isGit(path: string): boolean {
  return paths.test(path);
}

/** Where the bare repositories lie. */
export function repositoryPath(root: string, { owner, name }: Repository): string {
  return join(root, owner, `${name}.git`);
}

export async function makeRepository(root: string, repository: Repository): Promise<void> {
  const path = repositoryPath(root, repository);
  await mkdir(path, { recursive: true, mode: 0o700 });
  await execa('git', ['init', '--quiet', '--bare', '--initial-branch=main', path]);
  // What `git http-backend` wants before it takes a push; who may push is decided before it is asked.
  await execa('git', ['-C', path, 'config', 'http.receivepack', 'true']);
}

/**
 * git's own smart HTTP server (`git http-backend`, git-http-backend(1)), behind GitHub's authentication: Basic,
 * user `x-access-token`, the token as the password. A push needs `contents: write`.
 *
 * @throws Refusal  401 without a token that is valid now, 404 where it does not reach, 403 where it may not
 */
export async function serveGit(
  request: IncomingMessage,
  response: ServerResponse,
  {
    state,
    root,
    now,
  }: { readonly state: GithubState; readonly root: string; readonly now: number },
): Promise<void> {
  const url = new URL(request.url ?? '/', 'https://github.lab');
  const [, owner = '', name = '', what = ''] = paths.exec(url.pathname) ?? [];
  const pushes =
    what === 'git-receive-pack' || url.searchParams.get('service') === 'git-receive-pack';
  const repository = allowed(state, passwordOf(request), now, owner, name, pushes);
  const child = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env['PATH'],
      HOME: root,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: `/${repository.owner}/${repository.name}.git/${what}`,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      ...(request.headers['content-length'] === undefined
        ? {}
        : { CONTENT_LENGTH: request.headers['content-length'] }),
      ...(request.headers['content-encoding'] === undefined
        ? {}
        : { HTTP_CONTENT_ENCODING: request.headers['content-encoding'] }),
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      REMOTE_USER: `${state.app.slug}[bot]`,
      REMOTE_ADDR: request.socket.remoteAddress ?? '',
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  request.pipe(child.stdin);
  // It need not read all of what it is sent.
  child.stdin.on('error', () => undefined);
  const output: Buffer[] = [];
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) output.push(chunk);
  answer(response, Buffer.concat(output));
}

/** A CGI answer (RFC 3875): headers, among them `Status`, an empty line, the body. */
function answer(response: ServerResponse, output: Buffer): void {
  const end = output.indexOf('\r\n\r\n');
  const headers = output
    .subarray(0, Math.max(end, 0))
    .toString('latin1')
    .split('\r\n')
    .map((line): [string, string] => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    });
  const status = Number(headers.find(([name]) => name === 'status')?.[1].slice(0, 3) ?? 200);
  const sent = headers.filter(([name]) => name !== 'status' && name !== '');
  response.writeHead(end < 0 ? 500 : status, Object.fromEntries(sent));
  response.end(output.subarray(end < 0 ? output.length : end + 4));
}

function allowed(
  state: GithubState,
  password: string | undefined,
  now: number,
  owner: string,
  name: string,
  pushes: boolean,
): Repository {
  const who = { 'www-authenticate': 'Basic realm="GitHub"' };
  if (password === undefined) throw new Refusal(401, 'No anonymous write access.', {}, who);
  let token;
  try {
    token = tokenOf(state, password, now);
  } catch {
    throw new Refusal(401, 'Invalid username or token.', {}, who);
  }
  const repository = findRepository(state, owner, name);
  if (repository === undefined || !reachOf(state, token).includes(repository)) {
    throw new Refusal(404, 'Repository not found.');
  }
  if (!within({ contents: pushes ? 'write' : 'read' }, token.permissions)) {
    throw new Refusal(403, `Permission to ${owner}/${name}.git denied to ${state.app.slug}[bot].`);
  }
  return repository;
}

function passwordOf({ headers }: IncomingMessage): string | undefined {
  const [, encoded] = /^Basic (\S+)$/i.exec(headers.authorization ?? '') ?? [];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return text.slice(0, colon) === 'x-access-token' ? text.slice(colon + 1) : undefined;
}
