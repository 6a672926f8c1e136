import { UserError } from '../user-error.ts';
import { mayRepeat, outcomeOf, rounds, waitBefore, type Outcome } from './retry.ts';
import { exchange, NoAnswer, type Incoming } from './transport.ts';

/** Where OpenBao is, and who asks. */
export interface Connection {
  /** Base URL of a node, https. */
  readonly address: string;
  /** Base URLs of the other nodes, asked where one before did not take the request. @default - none */
  readonly standbys?: readonly string[];
  /** PEM of the CA; the system's where undefined. */
  readonly ca: string | undefined;
  readonly token: string | undefined;
  /** Source address of the connection, for a host that has several. @default - the system's choice */
  readonly localAddress?: string;
  /** PEM of a certificate and its key, for a login by certificate. @default - none */
  readonly clientCertificate?: { readonly certificate: string; readonly key: string };
}

/** An answer of the API (OpenBao API documentation, "Reading, writing and listing"). */
export interface Answer {
  readonly data: unknown;
  readonly auth: unknown;
  readonly wrap_info: unknown;
  /** Clock of the server in milliseconds, by its Date header: whole seconds, rounded down. */
  readonly date: number | undefined;
}

/** The server refused, or could not be reached. Never holds a token or a body that was sent. */
export class OpenBaoError extends UserError {
  override readonly name = 'OpenBaoError';
  /** Status of the answer; undefined where none came. */
  readonly status: number | undefined;
  /** Whether something was carried out: certain only if this is not `lost`. */
  readonly outcome: Outcome;
  /** Clock of the server, as in {@link Answer}. */
  readonly date: number | undefined;

  constructor(
    message: string,
    status?: number,
    { outcome = 'answered', date }: { readonly outcome?: Outcome; readonly date?: number } = {},
  ) {
    super(message);
    this.status = status;
    this.outcome = outcome;
    this.date = date;
  }
}

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'LIST';
  /** Below `/v1/`. */
  readonly path: string;
  readonly body?: unknown;
  /** Ask for a response-wrapped answer of that life, in seconds. */
  readonly wrapTtl?: number;
  /** Milliseconds to wait for the answer. @default 10000 */
  readonly patience?: number;
}

/**
 * One request to the API. A node that does not take it is followed by the next, and after a pause by all again;
 * what may have been carried out is not sent twice (see `retry.ts`).
 *
 * @returns undefined for 404, and for an answer without content
 * @throws OpenBaoError  any other refusal, or no connection
 */
export async function call(connection: Connection, asked: Call): Promise<Answer | undefined> {
  const nodes = nodesOf(connection);
  let failures: OpenBaoError[] = [];
  for (let round = 0; ; round += 1) {
    failures = [];
    let retryAfter: string | undefined;
    for (const address of nodes) {
      const attempt = await attemptAt(address, connection, asked);
      if ('answer' in attempt) {
        lastGood.set(connection.address, address);
        return attempt.answer;
      }
      failures.push(attempt.failure);
      retryAfter ??= attempt.retryAfter;
      if (!mayRepeat(attempt.failure.outcome, asked.method)) throw summary(failures, asked);
    }
    if (round + 1 >= rounds) throw summary(failures, asked);
    const pause = waitBefore(round, Math.random(), retryAfter);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

/** Which node answered last, by the first address of the connection: a dead one costs its patience once. */
const lastGood = new Map<string, string>();

function nodesOf({ address, standbys = [] }: Connection): readonly string[] {
  const all = [address, ...standbys];
  const good = lastGood.get(address);
  return good === undefined || !all.includes(good)
    ? all
    : [good, ...all.filter((one) => one !== good)];
}

/** One node tells its own story; of several, each is told, and the last one's is the verdict. */
function summary(failures: readonly OpenBaoError[], { method, path }: Call): OpenBaoError {
  const last = failures.at(-1);
  if (last === undefined) return new OpenBaoError('no address of OpenBao is known');
  if (failures.length === 1 || last.outcome === 'answered') return last;
  const told = failures.map(({ message }) => message).join('; ');
  const { status, outcome, date } = last;
  return new OpenBaoError(
    `no node of OpenBao took ${method} ${path}: ${told}`,
    status,
    date === undefined ? { outcome } : { outcome, date },
  );
}

type Attempt =
  | { readonly answer: Answer | undefined }
  | { readonly failure: OpenBaoError; readonly retryAfter: string | undefined };

async function attemptAt(address: string, connection: Connection, asked: Call): Promise<Attempt> {
  let incoming: Incoming;
  try {
    incoming = await send(address, connection, asked);
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    const lost = error.sent && !mayRepeat('lost', asked.method);
    const failure = new OpenBaoError(
      `cannot reach OpenBao at ${address}: ${error.message}` +
        (lost ? `. ${asked.method} ${asked.path} may have been carried out: not sent again` : ''),
      undefined,
      { outcome: error.sent ? 'lost' : 'not taken' },
    );
    return { failure, retryAfter: undefined };
  }
  const { status, text, date, retryAfter } = incoming;
  if (status === 404 || status === 204) return { answer: undefined };
  const answer = parse(text);
  if (status >= 200 && status < 300 && answer !== undefined) {
    return { answer: { ...answer, date } as unknown as Answer };
  }
  const errors = Array.isArray(answer?.['errors']) ? answer['errors'].map(String) : [];
  const why = printable(errors.join('; '));
  const outcome = outcomeOf(status, why);
  const failure = new OpenBaoError(
    `${address} refused ${asked.method} ${asked.path}: ${String(status)}` +
      `${why === '' ? '' : ` (${why})`}${advice(status, why)}`,
    status,
    date === undefined ? { outcome } : { outcome, date },
  );
  return { failure, retryAfter };
}

/** Text of a server goes to terminals and logs: no line ends, no control characters, no end of them. */
function printable(text: string): string {
  return text
    .replaceAll(/[\s\p{C}]+/gu, ' ')
    .trim()
    .slice(0, 1000);
}

function advice(status: number, why: string): string {
  if (status === 503) return '. OpenBao is sealed: look at its seal and its log on the host.';
  if (status === 403 && why.includes('permission denied')) {
    return '. The token is expired, comes from another source address, or its policy lacks this path.';
  }
  return '';
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function send(
  address: string,
  { ca, token, localAddress, clientCertificate }: Connection,
  { method, path, body, wrapTtl, patience = 10_000 }: Call,
): Promise<Incoming> {
  return exchange({
    url: `${address}/v1/${path}`,
    method,
    headers: {
      // Asked for by the API on every request, against request forgery.
      'X-Vault-Request': 'true',
      ...(token === undefined ? {} : { 'X-Vault-Token': token }),
      ...(wrapTtl === undefined ? {} : { 'X-Vault-Wrap-TTL': `${String(wrapTtl)}s` }),
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
    ca,
    clientCertificate,
    localAddress,
    patience,
  });
}
