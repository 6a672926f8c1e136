import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Refusal } from './refusal.ts';

/** One HTTP request as it came over the wire, body complete. */
export interface AwsRequest {
  readonly method: string;
  /** As sent, still percent-encoded, without the query. */
  readonly path: string;
  /** Decoded pairs in the order sent; `+` is a plus sign, as SigV4 has it. */
  readonly query: readonly (readonly [name: string, value: string])[];
  /** Lower-case names; repeated headers joined by a comma. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

const largestBody = 64 * 1024 * 1024;

/** @throws Refusal  `InvalidURI` for a malformed escape, `EntityTooLarge` beyond 64 MiB */
export async function readRequest(message: IncomingMessage): Promise<AwsRequest> {
  const [path = '/', ...rest] = (message.url ?? '/').split('?');
  const headers = new Map<string, string>();
  for (let i = 0; i + 1 < message.rawHeaders.length; i += 2) {
    const name = (message.rawHeaders[i] ?? '').toLowerCase();
    const value = (message.rawHeaders[i + 1] ?? '').trim().replace(/ +/g, ' ');
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before},${value}`);
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > largestBody) {
      throw new Refusal('invalid', 'The lab takes bodies up to 64 MiB.', 'EntityTooLarge');
    }
    chunks.push(chunk);
  }
  return {
    method: message.method ?? 'GET',
    path,
    query: parseQuery(rest.join('?')),
    headers,
    body: Buffer.concat(chunks),
  };
}

export function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Refusal('invalid', `Could not decode the URI part "${text}".`, 'InvalidURI');
  }
}

/** RFC 3986 percent-encoding as SigV4 demands it: only `A-Z a-z 0-9 - . _ ~` stay. */
export function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function parseQuery(raw: string): [string, string][] {
  return raw
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const at = pair.indexOf('=');
      return at < 0 ? [decode(pair), ''] : [decode(pair.slice(0, at)), decode(pair.slice(at + 1))];
    });
}

/** First value of a query parameter, undefined where it is absent. */
export function parameter(request: AwsRequest, name: string): string | undefined {
  return request.query.find(([key]) => key === name)?.[1];
}

/** An AWS query-protocol call (STS, IAM): parameters of the URL and of the form body. */
export function formParameters(request: AwsRequest): Map<string, string> {
  return new Map([...request.query, ...new URLSearchParams(request.body.toString('utf8'))]);
}

/** @returns the JSON object of the body; an empty object for an empty body */
export function jsonBody(request: AwsRequest): Record<string, unknown> {
  if (request.body.length === 0) return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(request.body.toString('utf8'));
  } catch {
    throw new Refusal('invalid', 'The request body is not JSON.', 'SerializationException');
  }
  if (!isRecord(parsed)) {
    throw new Refusal('invalid', 'The request body is not an object.', 'SerializationException');
  }
  return parsed;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

export function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}
