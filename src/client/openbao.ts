import { request } from 'node:https';
import { UserError } from '../user-error.ts';

/** Where OpenBao is, and who asks. */
export interface Connection {
  /** Base URL, https. */
  readonly address: string;
  /** PEM of the CA; the system's where undefined. */
  readonly ca: string | undefined;
  readonly token: string | undefined;
  /** Source address of the connection, for a host that has several. @default - the system's choice */
  readonly localAddress?: string;
  /** Private key and certificate of this client in one PEM text, for the login by certificate. @default - none */
  readonly clientPem?: string;
}

/** An answer of the API (OpenBao API documentation, "Reading, writing and listing"). */
export interface Answer {
  readonly data: unknown;
  readonly auth: unknown;
  readonly wrap_info: unknown;
}

/** The server refused, or could not be reached. Never holds a token or a body that was sent. */
export class OpenBaoError extends UserError {
  override readonly name = 'OpenBaoError';
  /** Status of the answer; undefined where none came. */
  readonly status: number | undefined;
  /** The server's clock when it answered; its answer has whole seconds. */
  readonly serverTime: Date | undefined;

  constructor(message: string, status?: number, serverTime?: Date) {
    super(message);
    this.status = status;
    this.serverTime = serverTime;
  }
}

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'LIST';
  /** Below `/v1/`. */
  readonly path: string;
  readonly body?: unknown;
  /** Ask for a response-wrapped answer of that life, in seconds. */
  readonly wrapTtl?: number;
}

/** Milliseconds until a server that does not answer counts as unreachable. */
const patience = 10_000;

/**
 * One request to the API.
 *
 * @returns undefined for 404, and for an answer without content
 * @throws OpenBaoError  any other refusal, or no connection
 */
export async function call(connection: Connection, asked: Call): Promise<Answer | undefined> {
  const { status, text, serverTime } = await send(connection, asked);
  if (status === 404 || status === 204) return undefined;
  const answer = parse(text);
  if (status >= 200 && status < 300 && answer !== undefined) return answer as unknown as Answer;
  const errors = Array.isArray(answer?.['errors']) ? answer['errors'].map(String) : [];
  const why = errors.join('; ').replaceAll(/\s+/g, ' ').trim();
  throw new OpenBaoError(
    `${connection.address} refused ${asked.method} ${asked.path}: ${String(status)}` +
      `${why === '' ? '' : ` (${why})`}${advice(status, why)}`,
    status,
    serverTime,
  );
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

interface Received {
  readonly status: number;
  readonly text: string;
  readonly serverTime: Date | undefined;
}

/** RFC 9110, 6.6.1; undefined where the server sends none that is a date. */
function dateOf(header: string | undefined): Date | undefined {
  const time = Date.parse(header ?? '');
  return Number.isNaN(time) ? undefined : new Date(time);
}

function send(
  { address, ca, token, localAddress, clientPem }: Connection,
  { method, path, body, wrapTtl }: Call,
): Promise<Received> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string) => {
      reject(new OpenBaoError(`cannot reach OpenBao at ${address}: ${reason}`));
    };
    const outgoing = request(
      `${address}/v1/${path}`,
      {
        method,
        ca,
        localAddress,
        // One text for both: OpenSSL takes from it what it looks for.
        ...(clientPem === undefined ? {} : { cert: clientPem, key: clientPem }),
        timeout: patience,
        headers: {
          // Asked for by the API on every request, against request forgery.
          'X-Vault-Request': 'true',
          ...(token === undefined ? {} : { 'X-Vault-Token': token }),
          ...(wrapTtl === undefined ? {} : { 'X-Vault-Wrap-TTL': `${String(wrapTtl)}s` }),
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', (error) => {
          fail(error.message);
        });
        response.once('end', () => {
          resolve({
            status: response.statusCode ?? 0,
            text: Buffer.concat(chunks).toString('utf8'),
            serverTime: dateOf(response.headers.date),
          });
        });
      },
    );
    outgoing.once('timeout', () => {
      outgoing.destroy(new Error(`no answer within ${String(patience / 1000)} s`));
    });
    outgoing.once('error', (error) => {
      fail(error.message);
    });
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
