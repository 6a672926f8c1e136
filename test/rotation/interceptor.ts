import { createServer, request } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { KeyPair } from '../../lab/pki.ts';

/** What happens at one request: on which side of its work, to the client or to the answer. */
export type Mode = 'kill before' | 'kill after' | 'lose the answer' | 'refuse';
export const modes: readonly Mode[] = ['kill before', 'kill after', 'lose the answer', 'refuse'];

export interface Plan {
  /** The n-th request to any of the servers, from 1. */
  readonly step: number;
  /** Only requests whose `METHOD path` it matches are counted. @default - all */
  readonly on?: RegExp;
  /** `hold`: nothing but waiting for `hold`. */
  readonly mode: Mode | 'hold';
  readonly hold?: () => Promise<void>;
  /** Ends the client by force; resolved when it is gone. */
  readonly kill: () => Promise<void>;
}

/** Stands in front of servers and counts what is asked of all of them together. */
export class Interceptor {
  private plan: Plan | undefined;
  private count = 0;
  /** `METHOD path` of the request that was interfered with. */
  struck: string | undefined;
  private readonly closers: (() => Promise<void>)[] = [];

  private constructor(private readonly tls: KeyPair) {}

  static of(tls: KeyPair): Interceptor {
    return new Interceptor(tls);
  }

  prepare(plan: Plan | undefined): void {
    this.plan = plan;
    this.count = 0;
    this.struck = undefined;
  }

  /** @returns the address that stands for `target` */
  async before(target: string): Promise<string> {
    const server = createServer(
      { cert: this.tls.certificate, key: this.tls.privateKey },
      (incoming, outgoing) => {
        this.handle(target, incoming, outgoing).catch(() => incoming.socket.destroy());
      },
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.closers.push(async () => {
      await new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      });
    });
    return `https://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  }

  async close(): Promise<void> {
    for (const close of this.closers) await close();
  }

  private async handle(target: string, incoming: IncomingMessage, outgoing: ServerResponse) {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
    const line = `${incoming.method ?? ''} ${incoming.url ?? ''}`;
    if (this.plan?.on?.test(line) !== false) this.count += 1;
    const mode = this.count === this.plan?.step ? this.plan.mode : undefined;
    if (mode !== undefined) {
      this.struck = line;
      this.count += 1;
    }
    if (mode === 'kill before') {
      await this.plan?.kill();
      return;
    }
    if (mode === 'hold') await this.plan?.hold?.();
    if (mode === 'refuse') {
      outgoing.writeHead(500, { 'content-type': 'application/json' });
      outgoing.end('{"errors":["refused by the test"]}');
      return;
    }
    const answer = await forward(target, incoming, Buffer.concat(chunks));
    if (mode === 'kill after') await this.plan?.kill();
    if (mode !== undefined && mode !== 'hold') {
      incoming.socket.destroy();
      return;
    }
    outgoing.writeHead(answer.status, answer.headers);
    outgoing.end(answer.body);
  }
}

function forward(target: string, { method, url, headers }: IncomingMessage, body: Buffer) {
  return new Promise<{ status: number; headers: IncomingMessage['headers']; body: Buffer }>(
    (resolve, reject) => {
      const kept = without(headers, 'host', 'transfer-encoding');
      const outgoing = request(
        `${target}${url ?? ''}`,
        {
          ...{ method, agent: false, rejectUnauthorized: false },
          headers: { ...kept, 'content-length': String(body.length) },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.once('end', () => {
            resolve({
              status: response.statusCode ?? 0,
              headers: without(response.headers, 'transfer-encoding'),
              body: Buffer.concat(chunks),
            });
          });
        },
      );
      outgoing.once('error', reject);
      outgoing.end(body);
    },
  );
}

function without(headers: IncomingMessage['headers'], ...names: readonly string[]) {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)));
}
