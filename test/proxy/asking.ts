import { request, type Agent } from 'node:https';
import { connect as connectTls } from 'node:tls';

export interface Asked {
  readonly port: number;
  /** PEM of the CA of whoever answers. */
  readonly ca: string;
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Source address. */
  readonly from?: string;
  readonly agent?: Agent;
}

export interface Answered {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** One request over HTTP/1.1 and TLS. */
export function ask({
  path = '/',
  method = 'GET',
  headers = {},
  ...asked
}: Asked): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: '127.0.0.1',
        ...{ port: asked.port, ca: asked.ca, path, method, headers },
        localAddress: asked.from,
        agent: asked.agent ?? false,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.once('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({ status: response.statusCode ?? 0, text, headers: response.headers });
        });
      },
    );
    outgoing.once('error', reject);
    outgoing.end();
  });
}

/** Bytes as they stand, and what comes back until the other side has ended or fallen silent after an answer. */
export function raw(port: number, ca: string, bytes: string, from: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const target = { host: '127.0.0.1', port, ca, localAddress: from };
    const socket = connectTls(target);
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
    });
    socket.once('secureConnect', () => socket.write(bytes));
    socket.once('close', () => {
      resolve(text);
    });
    socket.once('error', (error: Error) => {
      if (text === '') reject(error);
    });
  });
}
