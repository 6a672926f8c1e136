import { request as octokit } from '@octokit/request';
import { RequestError } from '@octokit/request-error';
import type { GithubBrokerContract } from '../contract/contract.ts';
import { exchange } from '../client/transport.ts';
import { Refusal } from './refusal.ts';

type Api = Pick<GithubBrokerContract, 'apiUrl' | 'apiCaCertificate'>;

/** Milliseconds. */
const patience = 15_000;
/** Seconds to leave GitHub alone where it says that it is too much, and not for how long (its own advice). */
const quiet = 60;

/**
 * GitHub's API. Nothing is ever sent twice: whoever asked the broker decides whether to ask again. Where GitHub says
 * that it is too much, it is left alone until the time that it named, whoever asks.
 */
export class Github {
  #held = 0;
  /** What the last answer was, for the health of the broker. */
  last: 'unknown' | 'ok' | 'failing' = 'unknown';
  readonly #request: typeof octokit;

  constructor(
    { apiUrl, apiCaCertificate: ca }: Api,
    private readonly now: () => number = Date.now,
    private readonly seen: (status: string) => void = () => undefined,
  ) {
    this.#request = octokit.defaults({
      baseUrl: apiUrl,
      headers: { 'user-agent': 'credential-backbone', 'x-github-api-version': '2022-11-28' },
      request: { fetch: fetchBy(ca) },
    });
  }

  /** Seconds for which GitHub is left alone. */
  get heldFor(): number {
    return Math.max(0, Math.ceil((this.#held - this.now()) / 1000));
  }

  /** @throws Refusal  GitHub is left alone */
  refuseWhileHeld(): void {
    if (this.heldFor > 0) throw tooMuch(this.heldFor);
  }

  /**
   * @param credential  sent as `Bearer`
   * @throws Refusal  GitHub refused or did not answer, or is left alone
   */
  async ask<T>(credential: string, send: (request: typeof octokit) => Promise<T>): Promise<T> {
    this.refuseWhileHeld();
    const own = this.#request.defaults({ headers: { authorization: `Bearer ${credential}` } });
    try {
      const answer = await send(own);
      this.last = 'ok';
      this.seen('ok');
      return answer;
    } catch (error) {
      throw this.#refusal(error);
    }
  }

  #refusal(error: unknown): Refusal {
    if (!(error instanceof RequestError)) {
      throw error;
    }
    const { status, response } = error;
    this.seen(response === undefined ? 'none' : String(status));
    const wait = response === undefined ? undefined : waitOf(response.headers, status, this.now());
    if (wait !== undefined) {
      this.#held = Math.max(this.#held, this.now() + wait * 1000);
      return tooMuch(wait);
    }
    this.last = response === undefined || status >= 500 ? 'failing' : 'ok';
    if (response === undefined) {
      return new Refusal(502, 'github-lost', 'GitHub did not answer; it may have been done');
    }
    if (status >= 500) return new Refusal(502, 'github-failing', 'GitHub is failing', 10);
    return new Refusal(
      status === 422 || status === 409 ? 422 : 502,
      `github-${String(status)}`,
      `GitHub refused: ${explain(status, messageOf(response.data))}`,
    );
  }
}

function tooMuch(wait: number): Refusal {
  return new Refusal(429, 'github-limit', 'GitHub says that it is too much', wait);
}

/**
 * GitHub documentation, "Rate limits for the REST API", "Exceeding the rate limit": `retry-after`, else
 * `x-ratelimit-reset` where nothing remains, else a minute for what its words say is a secondary limit.
 */
function waitOf(
  headers: Readonly<Record<string, string | number | undefined>>,
  status: number,
  now: number,
): number | undefined {
  if (status !== 403 && status !== 429) return undefined;
  const after = Number(headers['retry-after'] ?? Number.NaN);
  if (Number.isFinite(after)) return Math.min(Math.max(1, Math.ceil(after)), 3600);
  if (String(headers['x-ratelimit-remaining']) === '0') {
    const reset = Number(headers['x-ratelimit-reset'] ?? Number.NaN);
    const wait = Math.ceil(reset - now / 1000);
    return Number.isFinite(wait) ? Math.min(Math.max(1, wait), 3600) : quiet;
  }
  return status === 429 ? quiet : undefined;
}

function explain(status: number, message: string): string {
  switch (status) {
    case 401:
      return `${message} (is the key of the App that OpenBao holds still one of its keys there?)`;
    case 404:
      return `${message} (is the App installed there, by this installation id?)`;
    default:
      return message;
  }
}

/** A server's words: one line, of sane length. */
function messageOf(data: unknown): string {
  const message =
    typeof data === 'object' && data !== null && 'message' in data
      ? String(data.message)
      : 'no reason';
  return message
    .replaceAll(/[\s\p{C}]+/gu, ' ')
    .trim()
    .slice(0, 300);
}

/** The one way out of this program to HTTPS, with its bounds, in the form that octokit takes. */
function fetchBy(ca: string | undefined) {
  return async (
    url: string,
    asked: { method: string; headers: Record<string, string>; body?: string },
  ) => {
    const { status, text, headers } = await exchange({
      url,
      method: asked.method,
      headers: asked.headers,
      body: asked.body,
      ca,
      clientCertificate: undefined,
      localAddress: undefined,
      patience,
    });
    const kept = Object.entries(headers).flatMap(([name, value]) =>
      typeof value === 'string' ? [[name, value] as [string, string]] : [],
    );
    return new Response(status === 204 || status === 205 || status === 304 ? null : text, {
      status,
      headers: kept,
    });
  };
}
