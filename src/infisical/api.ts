import { request } from 'node:https';
import { UserError } from '../user-error.ts';

/** Where Infisical is, and as whom it is asked. */
export interface InfisicalConnection {
  /** Base URL, https, without a slash at the end. */
  readonly siteUrl: string;
  /** PEM of the CA; the system's where undefined. */
  readonly ca: string | undefined;
  /** Access token; undefined for a login. */
  readonly token: string | undefined;
  /** Source address of the connection, for a host that has several. @default - the system's choice */
  readonly localAddress?: string;
}

/** Infisical refused, or could not be reached. Never holds a token or a body that was sent. */
export class InfisicalError extends UserError {
  override readonly name = 'InfisicalError';
  /** Status of the answer; undefined where none came. */
  readonly status: number | undefined;

  constructor(message: string, status?: number) {
    super(message);
    this.status = status;
  }
}

export interface InfisicalCall {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below `/api/`, encoded. */
  readonly path: string;
  readonly body?: unknown;
}

const patience = 30_000;

/**
 * One request to the API.
 *
 * @returns the answer; undefined for 404
 * @throws InfisicalError  any other refusal, or no connection
 */
export async function callInfisical(
  connection: InfisicalConnection,
  asked: InfisicalCall,
): Promise<unknown> {
  const { status, text } = await send(connection, asked);
  if (status === 404) return undefined;
  const answer = parse(text);
  if (status >= 200 && status < 300) return answer;
  const why = typeof answer?.['message'] === 'string' ? answer['message'] : 'no reason given';
  throw new InfisicalError(
    `${connection.siteUrl} refused ${asked.method} /api/${asked.path.replace(/\?.*/, '')}: ` +
      `${String(status)} (${why})${advice(why)}`,
    status,
  );
}

/** What to do about the refusals that are to be expected, by the server's own words. */
function advice(why: string): string {
  if (why.includes('plan restriction')) {
    return '. This server has no paid plan: write plan: free, and let its firewall stand in.';
  }
  if (why.includes('current IP address')) {
    return '. The identity works from its trusted IPs alone.';
  }
  if (why.includes('usage limit') || why.includes('expired')) {
    return '. Log in again; for a client secret: backbone infisical issue.';
  }
  return why.includes('temporarily locked') ? '. Three wrong logins lock it for five minutes.' : '';
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
  { siteUrl, ca, token, localAddress }: InfisicalConnection,
  { method, path, body }: InfisicalCall,
): Promise<{ readonly status: number; readonly text: string }> {
  const payload = body === undefined ? undefined : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const fail = (reason: string) => {
      reject(new InfisicalError(`cannot reach Infisical at ${siteUrl}: ${reason}`));
    };
    const outgoing = request(
      `${siteUrl}/api/${path}`,
      {
        method,
        ca,
        localAddress,
        timeout: patience,
        headers: {
          ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
          // Node sends the body of a DELETE only where its length is said.
          ...(payload === undefined
            ? {}
            : {
                'Content-Type': 'application/json',
                'Content-Length': Buffer.byteLength(payload),
              }),
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
    outgoing.end(payload);
  });
}
