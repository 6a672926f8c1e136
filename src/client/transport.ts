import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';

/** One HTTPS request, as it goes out. */
export interface Outgoing {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly ca: string | undefined;
  readonly clientCertificate: { readonly certificate: string; readonly key: string } | undefined;
  readonly localAddress: string | undefined;
  /** Milliseconds from the connection to the whole answer. */
  readonly patience: number;
}

export interface Incoming {
  readonly status: number;
  readonly text: string;
  /** The server's clock by its Date header, in milliseconds; whole seconds, rounded down. */
  readonly date: number | undefined;
  readonly retryAfter: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

/** No answer came. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  /** Whether the request may have been carried out all the same: it had a connection to go out on. */
  readonly sent: boolean;

  constructor(reason: string, sent: boolean) {
    super(reason);
    this.sent = sent;
  }
}

/** Milliseconds until an address where nobody answers counts as dead. */
const connectPatience = 5_000;
/** A list of accessors is the longest answer that is read. */
const longestAnswer = 32 * 1024 * 1024;

/** One connection serves the few calls of a command. Idle, it holds no process up, and is not kept long. */
const agent = new Agent({ keepAlive: true, timeout: 5_000 });

/** @throws NoAnswer */
export function exchange(asked: Outgoing): Promise<Incoming> {
  return new Promise((resolve, reject) => {
    let sent = false;
    let outgoing: ClientRequest;
    try {
      outgoing = open(asked);
    } catch (error) {
      reject(new NoAnswer(reasonOf(error), false));
      return;
    }
    const giveUp = (reason: string) => {
      clearTimeout(timer);
      outgoing.destroy();
      reject(new NoAnswer(reason, sent));
    };
    const within = (milliseconds: number) => {
      const started: NodeJS.Timeout = setTimeout(() => {
        // After what has come in: a process that was not let run for long finds its answer with its timer.
        setImmediate(() => {
          if (timer === started) giveUp(`no answer within ${String(milliseconds / 1000)} s`);
        });
      }, milliseconds);
      return started;
    };
    let timer = within(connectPatience);
    const connected = () => {
      sent = true;
      clearTimeout(timer);
      timer = within(asked.patience);
    };
    outgoing.once('socket', (socket) => {
      if (outgoing.reusedSocket) connected();
      else socket.once('secureConnect', connected);
    });
    outgoing.once('error', (error) => {
      giveUp(reasonOf(error));
    });
    outgoing.once('response', (response) => {
      read(response).then(
        (text) => {
          clearTimeout(timer);
          resolve({
            status: response.statusCode ?? 0,
            text,
            date: dateOf(response),
            retryAfter: response.headers['retry-after'],
            headers: response.headers,
          });
        },
        (error: unknown) => {
          giveUp(reasonOf(error));
        },
      );
    });
    outgoing.end(asked.body);
  });
}

/** Throws where the CA is no PEM, for example. */
function open(asked: Outgoing): ClientRequest {
  return request(asked.url, {
    agent,
    method: asked.method,
    headers:
      asked.body === undefined
        ? asked.headers
        : // Node sends the body of a DELETE without a length, which servers take for none.
          { ...asked.headers, 'content-length': String(Buffer.byteLength(asked.body)) },
    ca: asked.ca,
    cert: asked.clientCertificate?.certificate,
    key: asked.clientCertificate?.key,
    localAddress: asked.localAddress,
    timeout: asked.patience,
  });
}

async function read(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > longestAnswer) throw new Error('the answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function dateOf(response: IncomingMessage): number | undefined {
  const date = Date.parse(response.headers.date ?? '');
  return Number.isNaN(date) ? undefined : date;
}

/** Where several addresses of a name failed, Node's own message is empty. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.message !== '') return error.message;
  return 'code' in error ? String(error.code) : error.name;
}
