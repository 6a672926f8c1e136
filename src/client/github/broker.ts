import { randomUUID } from 'node:crypto';
import type { GithubContract } from '../../contract/contract.ts';
import { inside, object, ShapeError, text, textRecord, texts } from '../../contract/shape.ts';
import { UserError } from '../../user-error.ts';
import { call, type Connection } from '../openbao.ts';
import { exchange, NoAnswer, type Incoming } from '../transport.ts';

/** Who asks: by the certificate of this host, or by a token of OpenBao that gives a proof. */
export type Asker = Pick<Connection, 'clientCertificate' | 'localAddress'> & {
  /** With a token. @default - the certificate does */
  readonly openbao?: Connection;
};

export interface GithubToken {
  readonly token: string;
  /** RFC 3339. */
  readonly expiresAt: string;
  readonly account: string;
  readonly repositories: readonly string[];
  readonly permissions: Readonly<Record<string, string>>;
}

export interface TokenWish {
  readonly context: string;
  readonly repositories?: readonly string[];
  readonly permissions?: Readonly<Record<string, string>>;
}

/** @throws UserError  the broker refused, or did not answer */
export async function askForToken(
  github: GithubContract,
  asker: Asker,
  wish: TokenWish,
): Promise<GithubToken> {
  const { text: body } = await ask(github, asker, 'POST', '/token', wish);
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    throw new ShapeError('the answer of the broker is no JSON');
  }
  const answer = object(json, 'token');
  return {
    token: text(answer, 'token'),
    expiresAt: text(answer, 'expires_at'),
    account: text(answer, 'account'),
    repositories: texts(answer, 'repositories'),
    permissions: textRecord(answer, 'permissions'),
  };
}

/** @throws UserError */
export async function giveTokenUp(
  github: GithubContract,
  asker: Asker,
  token: string,
): Promise<void> {
  await ask(github, asker, 'DELETE', '/token', { token });
}

/** @throws UserError */
export async function useVerb(
  github: GithubContract,
  asker: Asker,
  verb: string,
  body: unknown,
  key: string = randomUUID(),
): Promise<string> {
  return (await ask(github, asker, 'POST', `/verbs/${verb}`, body, { 'idempotency-key': key }))
    .text;
}

/** Asked once: what the broker did not answer, it may have done. */
async function ask(
  { url, caCertificate, proof }: GithubContract,
  { clientCertificate, localAddress, openbao }: Asker,
  method: string,
  path: string,
  body: unknown,
  more: Readonly<Record<string, string>> = {},
): Promise<Incoming> {
  const authorization = openbao === undefined ? {} : await proofOf(openbao, proof);
  let answer: Incoming;
  try {
    answer = await exchange({
      url: `${url}${path}`,
      method,
      headers: { 'content-type': 'application/json', ...authorization, ...more },
      body: JSON.stringify(body),
      ca: caCertificate,
      clientCertificate,
      localAddress,
      patience: 45_000,
    });
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    throw new UserError(`cannot reach the GitHub broker at ${url}: ${error.message}`);
  }
  if (answer.status >= 200 && answer.status < 300) return answer;
  const wait = answer.retryAfter === undefined ? '' : `; ask again in ${answer.retryAfter} s`;
  throw new UserError(
    `the GitHub broker refused: ${String(answer.status)} ${reasonOf(answer.text)}${wait}`,
  );
}

/** A proof is good for one request. */
async function proofOf(openbao: Connection, path: string): Promise<Record<string, string>> {
  const answer = await call(openbao, { method: 'GET', path });
  return { authorization: `Bearer ${text(inside(object(answer, path), 'data'), 'token')}` };
}

function reasonOf(body: string): string {
  try {
    const { message } = JSON.parse(body) as { message?: unknown };
    if (typeof message !== 'string') return '';
    return message
      .replaceAll(/[\s\p{C}]+/gu, ' ')
      .trim()
      .slice(0, 500);
  } catch {
    return '';
  }
}
