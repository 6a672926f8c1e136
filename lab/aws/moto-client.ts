import { Agent, request as send } from 'node:http';
import { isRecord } from './request.ts';
import type { Reply } from './refusal.ts';

export interface MotoRequest {
  readonly service: string;
  readonly region: string;
  /** The caller's key, so that moto knows the identity; the lab's own calls need none. */
  readonly accessKeyId?: string;
  readonly method: string;
  /** Canonical path and query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | string;
}

export interface Moto {
  send(request: MotoRequest): Promise<Reply & { readonly body: Buffer }>;
  /** An IAM or STS call of the lab itself; undefined where moto answers `NoSuchEntity`. */
  query(
    service: 'iam' | 'sts',
    parameters: Readonly<Record<string, string>>,
  ): Promise<Record<string, unknown> | undefined>;
  close(): void;
}

/** Names the hop-by-hop headers and those that this side of the proxy writes itself. */
const ownHeaders = new Set([
  'authorization',
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'transfer-encoding',
]);

/**
 * moto routes by the credential scope of the Authorization header, so that header is always written
 * here: a request reaches exactly the service that was authorised, whatever else it carries.
 */
export function motoClient(motoUrl: string, defaultRegion: string): Moto {
  const base = new URL(motoUrl);
  const agent = new Agent({ keepAlive: true });

  const call = (request: MotoRequest): Promise<Reply & { readonly body: Buffer }> =>
    new Promise((resolve, reject) => {
      const headers: Record<string, string> = {};
      for (const [name, value] of Object.entries(request.headers)) {
        if (!ownHeaders.has(name)) headers[name] = value;
      }
      const id = request.accessKeyId ?? 'LABINTERNALONLY';
      const day = new Date().toISOString().slice(0, 10).replaceAll('-', '');
      const scope = `${day}/${request.region}/${request.service}/aws4_request`;
      headers['authorization'] =
        `AWS4-HMAC-SHA256 Credential=${id}/${scope}, SignedHeaders=host, Signature=0`;
      headers['content-length'] = String(Buffer.byteLength(request.body));
      const outgoing = send(
        {
          agent,
          host: base.hostname,
          port: base.port,
          method: request.method,
          path: request.target,
          headers,
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.on('error', reject);
          incoming.on('end', () => {
            const answered: Record<string, string | string[]> = {};
            for (const [name, value] of Object.entries(incoming.headers)) {
              if (value !== undefined && !ownHeaders.has(name)) answered[name] = value;
            }
            // A HEAD answer has no body; its length is that of the object and must survive.
            const length = incoming.headers['content-length'];
            if (request.method === 'HEAD' && length !== undefined) {
              answered['content-length'] = length;
            }
            resolve({
              status: incoming.statusCode ?? 502,
              headers: answered,
              body: Buffer.concat(chunks),
            });
          });
        },
      );
      outgoing.on('error', (error) => {
        reject(new Error(`moto at ${motoUrl} does not answer: ${error.message}`));
      });
      outgoing.end(request.body);
    });

  return {
    send: call,
    query: async (service, parameters) => {
      const version = service === 'iam' ? '2010-05-08' : '2011-06-15';
      const form = new URLSearchParams({ Version: version, ContentType: 'JSON', ...parameters });
      const reply = await call({
        service,
        region: defaultRegion,
        method: 'POST',
        target: '/',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: form.toString(),
      });
      const answer: unknown = JSON.parse(reply.body.toString('utf8'));
      if (!isRecord(answer)) throw new Error(`moto answered ${parameters['Action'] ?? ''} oddly`);
      if (reply.status === 200) return unwrap(answer);
      const error = isRecord(answer['Error']) ? answer['Error'] : answer;
      if (error['Code'] === 'NoSuchEntity') return undefined;
      throw new Error(`moto refused ${parameters['Action'] ?? ''}: ${String(error['Message'])}`);
    },
    close: () => {
      agent.destroy();
    },
  };
}

/** `{XResponse: {XResult: {...}}}` -> the result. */
function unwrap(answer: Record<string, unknown>): Record<string, unknown> {
  for (const suffix of ['Response', 'Result']) {
    const key = Object.keys(answer).find((name) => name.endsWith(suffix));
    const inner = key === undefined ? undefined : answer[key];
    if (isRecord(inner)) answer = inner;
  }
  return answer;
}
