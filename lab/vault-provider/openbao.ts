import { request as httpRequest, Agent as HttpAgent } from 'node:http';
import { request as httpsRequest, Agent as HttpsAgent } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';

/** Where and how to talk to the server. */
export interface Connection {
  readonly address: string;
  readonly token: string;
  /** PEM; without it the system's certificate authorities count. */
  readonly ca?: string;
  readonly childToken?: { readonly name: string; readonly ttlSeconds: number };
}

export type Method = 'GET' | 'PUT' | 'POST' | 'DELETE';
export type Data = Readonly<Record<string, unknown>>;

/** An answer that is an error. Never holds the request's body, which may be a secret. */
export class OpenBaoError extends Error {
  override readonly name = 'OpenBaoError';
  constructor(
    readonly method: Method,
    readonly path: string,
    readonly status: number,
    readonly messages: readonly string[],
  ) {
    super(messages.join('; '));
  }
}

/** The server could not be asked at all. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

export interface Answer {
  readonly data: Data | null;
  readonly auth: { readonly client_token: string } | null;
  readonly lease_id: string;
  readonly lease_duration: number;
  readonly renewable: boolean;
}

function nullable<T extends z.ZodType>(type: T) {
  return type.nullish().transform((value) => value ?? null);
}

const answer = z.object({
  data: nullable(z.record(z.string(), z.unknown())),
  auth: nullable(z.object({ client_token: z.string() })),
  lease_id: z.string().default(''),
  lease_duration: z.number().default(0),
  renewable: z.boolean().default(false),
});

const failure = z.object({ errors: z.array(z.string()).default([]) });

/** The HTTP API of OpenBao with one token. */
export class OpenBao {
  private token: Promise<string> | undefined;
  private readonly agent: HttpAgent;

  constructor(private readonly connection: Connection) {
    const options = { keepAlive: true, ca: connection.ca, minVersion: 'TLSv1.2' as const };
    this.agent = this.isTls() ? new HttpsAgent(options) : new HttpAgent({ keepAlive: true });
  }

  /** @returns null where there is nothing (404 without data) */
  async read(path: string, query: Readonly<Record<string, string>> = {}): Promise<Answer | null> {
    const search = new URLSearchParams(query).toString();
    return this.call('GET', search === '' ? path : `${path}?${search}`);
  }

  async write(path: string, body: Data): Promise<Answer | null> {
    return this.call('PUT', path, body);
  }

  /** For paths that the real provider calls by POST; an ACL does not tell it from PUT. */
  async post(path: string, body: Data): Promise<Answer | null> {
    return this.call('POST', path, body);
  }

  async remove(path: string): Promise<void> {
    await this.call('DELETE', path);
  }

  private async call(method: Method, path: string, body?: Data): Promise<Answer | null> {
    this.token ??= this.login();
    return this.insist(method, path, await this.token, body);
  }

  /** Sends, and sends again where that is of use. */
  private async insist(
    method: Method,
    path: string,
    token: string,
    body?: Data,
  ): Promise<Answer | null> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.send(method, path, token, body);
      } catch (error) {
        const wait = error instanceof OpenBaoError ? patience(error, attempt) : undefined;
        if (wait === undefined) throw error;
        await delay(wait);
      }
    }
  }

  /** As the real provider: a child token that ends soon, unless that is switched off. */
  private async login(): Promise<string> {
    const { token, childToken } = this.connection;
    await this.insist('GET', 'auth/token/lookup-self', token);
    if (childToken === undefined) return token;
    const ttl = `${String(childToken.ttlSeconds)}s`;
    const created = await this.insist('POST', 'auth/token/create', token, {
      display_name: childToken.name,
      ttl,
      explicit_max_ttl: ttl,
      renewable: false,
    });
    const child = created?.auth?.client_token;
    if (child === undefined) throw new Unreachable('the server made no child token');
    return child;
  }

  private async send(
    method: Method,
    path: string,
    token: string,
    body?: Data,
  ): Promise<Answer | null> {
    const { status, text } = await this.exchange(method, path, token, body);
    const isJson = text.trimStart().startsWith('{');
    if (status === 404 && isJson) {
      const partial = answer.safeParse(JSON.parse(text));
      if (partial.success && partial.data.data !== null) return partial.data;
    }
    if (status === 404 && method === 'GET') return null;
    if (status >= 400) {
      const { errors } = isJson ? failure.parse(JSON.parse(text)) : { errors: [] };
      throw new OpenBaoError(method, path.replace(/\?.*/, ''), status, errors);
    }
    return isJson ? answer.parse(JSON.parse(text)) : null;
  }

  private isTls(): boolean {
    return this.connection.address.startsWith('https://');
  }

  private exchange(
    method: Method,
    path: string,
    token: string,
    body?: Data,
  ): Promise<{ readonly status: number; readonly text: string }> {
    const { address } = this.connection;
    const payload = body === undefined ? undefined : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const fail = (error: NodeJS.ErrnoException) => {
        const why = error.message === '' ? (error.code ?? 'no answer') : error.message;
        reject(new Unreachable(`${address} cannot be reached: ${why}`));
      };
      const start = this.isTls() ? httpsRequest : httpRequest;
      const call = start(
        `${address.replace(/\/+$/, '')}/v1/${path.replace(/^\/+/, '')}`,
        {
          method,
          agent: this.agent,
          timeout: 60_000,
          headers: {
            'X-Vault-Token': token,
            'X-Vault-Request': 'true',
            'Content-Type': 'application/json',
            ...(payload === undefined ? {} : { 'Content-Length': Buffer.byteLength(payload) }),
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.once('error', fail);
          response.once('end', () => {
            const text = Buffer.concat(chunks).toString('utf8');
            resolve({ status: response.statusCode ?? 0, text });
          });
        },
      );
      call.once('timeout', () => call.destroy(new Error('no answer within 60 s')));
      call.once('error', fail);
      call.end(payload);
    });
  }
}

/** How long to wait before trying again, in ms; undefined where that would be of no use. */
function patience({ status, messages }: OpenBaoError, attempt: number): number | undefined {
  // A KV engine that was just mounted answers so for a moment; its documentation says to try again.
  const upgrading = messages.some((message) => message.startsWith('Upgrading from non-versioned'));
  if (status === 400 && upgrading && attempt < 60) return 250;
  // A rate quota counts by the second, a standby takes over, a quota is deleted while it is asked ("store
  // is stopped"). The real provider tries as often, and waits as long.
  const passing = status === 429 || (status >= 500 && status !== 501);
  return passing && attempt <= 2 ? 1000 + Math.random() * 500 : undefined;
}

/** A path segment taken from a value: its slashes are part of the path, nothing else is. */
export function segment(text: string): string {
  return text.split('/').map(encodeURIComponent).join('/');
}
