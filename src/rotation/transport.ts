import { request, type RequestOptions } from 'node:https';
import { connect, type TLSSocket } from 'node:tls';
import { UserError } from '../user-error.ts';

/** Where a controller is, and how its certificate is known. */
export interface Place {
  /** Base URL, https, without a slash at the end. */
  readonly controller: string;
  /** SHA-256 of its certificate, 64 hexadecimal digits; undefined: a known CA signed it. */
  readonly certificateSha256?: string;
  /** Milliseconds until a controller that does not answer counts as unreachable. @default 15000 */
  readonly patience?: number;
}

export interface Sent {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Undefined where it was no JSON. */
  readonly body: unknown;
}

/** The controller refused, or could not be reached. Holds nothing that was sent. */
export class ControllerError extends UserError {
  override readonly name: string = 'ControllerError';
  /** Undefined where no answer came: what was asked for may have been done all the same. */
  readonly status: number | undefined;

  constructor(message: string, status?: number) {
    super(message);
    this.status = status;
  }
}

/**
 * One request over TLS, on a connection of its own. With a pinned certificate nothing is sent before the
 * certificate was seen to be that one.
 *
 * @throws ControllerError  no connection, another certificate, or no answer in time; any status is an answer
 */
export async function send(place: Place, sent: Sent): Promise<Reply> {
  const url = new URL(place.controller + sent.path);
  const patience = place.patience ?? 15_000;
  const socket = await open(place, url, patience);
  const body = sent.body === undefined ? undefined : JSON.stringify(sent.body);
  const options: RequestOptions = {
    method: sent.method,
    // No agent: it would open a connection of its own.
    createConnection: () => socket,
    headers: {
      accept: 'application/json',
      ...(body === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
      ...sent.headers,
    },
  };
  return new Promise((resolve, reject) => {
    const fail = (reason: string) => {
      clearTimeout(timer);
      socket.destroy();
      reject(new ControllerError(`${place.controller} gave no answer to ${line(sent)}: ${reason}`));
    };
    // Of the whole answer: one that comes byte by byte would never be idle.
    const timer = setTimeout(() => {
      fail(`none within ${String(patience / 1000)} s`);
    }, patience);
    const outgoing = request(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', (error) => {
        fail(error.message);
      });
      response.once('end', () => {
        clearTimeout(timer);
        socket.destroy();
        const { statusCode = 0, headers } = response;
        resolve({ status: statusCode, headers, body: parsed(Buffer.concat(chunks)) });
      });
    });
    outgoing.once('error', (error) => {
      fail(error.message);
    });
    outgoing.end(body);
  });
}

/** Method and path, which hold no secret. */
export function line({ method, path }: Sent): string {
  return `${method} ${path}`;
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

function open({ controller, certificateSha256 }: Place, url: URL, patience: number) {
  return new Promise<TLSSocket>((resolve, reject) => {
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
    const pinned = certificateSha256 !== undefined;
    const socket = connect({
      host,
      port: url.port === '' ? 443 : Number(url.port),
      ...(/^[\d.]+$|:/.test(host) ? {} : { servername: host }),
      // A pinned certificate is known by itself: neither its issuer nor its names are asked.
      rejectUnauthorized: !pinned,
    });
    const fail = (reason: string) => {
      socket.destroy();
      reject(new ControllerError(`cannot reach the UniFi controller at ${controller}: ${reason}`));
    };
    socket.setTimeout(patience, () => {
      fail(`no answer within ${String(patience / 1000)} s`);
    });
    socket.once('error', (error: Error) => {
      fail(error.message);
    });
    socket.once('secureConnect', () => {
      const shown = socket.getPeerCertificate().fingerprint256.replaceAll(':', '').toLowerCase();
      if (pinned && shown !== certificateSha256) {
        fail(
          'its certificate is not the one of certificateSha256: a new one was installed, or this is ' +
            'not the controller. Nothing was sent to it.',
        );
        return;
      }
      socket.setTimeout(0);
      socket.removeAllListeners('error');
      resolve(socket);
    });
  });
}
