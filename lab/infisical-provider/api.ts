import { readFileSync } from 'node:fs';
import { request } from 'node:https';

/** An answer that is an error. Never holds the request's body, which may be a secret. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly method: string,
    readonly path: string,
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** Where Infisical is, and who logs in. */
export interface Login {
  readonly host: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** PEM; undefined: the system's. */
  readonly ca: string | undefined;
}

/** What has to be put right in the provider block or the environment. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

/** @throws ConfigurationError  no login, or the CA file that SSL_CERT_FILE names cannot be read */
export function loginFrom(host: string | undefined, env: NodeJS.ProcessEnv): Login {
  const address = host ?? env['INFISICAL_HOST'] ?? 'https://app.infisical.com';
  const clientId = env['INFISICAL_UNIVERSAL_AUTH_CLIENT_ID'];
  const clientSecret = env['INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET'];
  if (clientId === undefined || clientSecret === undefined) {
    throw new ConfigurationError(
      'No login: set INFISICAL_UNIVERSAL_AUTH_CLIENT_ID and INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET.',
    );
  }
  if (!address.startsWith('https://')) {
    throw new ConfigurationError(`The stand-in speaks https only, and the host is ${address}.`);
  }
  return { host: address.replace(/\/+$/, ''), clientId, clientSecret, ca: systemCa(env) };
}

/** Go reads SSL_CERT_FILE, so the real provider does. */
function systemCa(env: NodeJS.ProcessEnv): string | undefined {
  const file = env['SSL_CERT_FILE'];
  if (file === undefined || file === '') return undefined;
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new ConfigurationError(`SSL_CERT_FILE names ${file}, which cannot be read.`);
  }
}

export type Json = Readonly<Record<string, unknown>>;

/** The API of Infisical with one access token: a login is a use of the client secret. */
export class Api {
  private constructor(
    private readonly login: Login,
    private readonly token: string | undefined,
  ) {}

  static async open(login: Login): Promise<Api> {
    const anonymous = new Api(login, undefined);
    const { clientId, clientSecret } = login;
    const body = { clientId, clientSecret };
    const answer = await anonymous.call('POST', 'v1/auth/universal-auth/login', body);
    return new Api(login, String(answer['accessToken']));
  }

  /** @returns undefined for 404 */
  async find(path: string): Promise<Json | undefined> {
    try {
      return await this.call('GET', path);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
  }

  async call(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body?: Json,
  ): Promise<Json> {
    const { status, text } = await this.send(method, path, body);
    const answer = parse(text);
    if (status >= 200 && status < 300) return answer;
    const said = typeof answer['message'] === 'string' ? answer['message'] : '(no message)';
    throw new ApiError(method, path, status, said);
  }

  private send(method: string, path: string, body: Json | undefined) {
    const { host, ca } = this.login;
    const payload = body === undefined ? undefined : JSON.stringify(body);
    return new Promise<{ readonly status: number; readonly text: string }>((resolve, reject) => {
      const fail = (error: Error) => {
        reject(new Error(`${host} cannot be reached: ${error.message}`));
      };
      const outgoing = request(
        `${host}/api/${path}`,
        {
          method,
          ca,
          timeout: 60_000,
          headers: {
            'content-type': 'application/json',
            // Node sends the body of a DELETE only where its length is said.
            ...(payload === undefined ? {} : { 'content-length': Buffer.byteLength(payload) }),
            'user-agent': 'stand-in for terraform-provider-infisical',
            ...(this.token === undefined ? {} : { authorization: `Bearer ${this.token}` }),
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
      outgoing.once('timeout', () => outgoing.destroy(new Error('no answer within 60 s')));
      outgoing.once('error', fail);
      outgoing.end(payload);
    });
  }
}

function parse(text: string): Json {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Json) : {};
  } catch {
    return {};
  }
}

/** What an answer has under a key, as an object. */
export function inside(answer: Json, key: string): Json {
  const value = answer[key];
  if (typeof value !== 'object' || value === null) throw new Error(`the answer has no ${key}`);
  return value as Json;
}
