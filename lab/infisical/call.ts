import type { z } from 'zod';
import { invalid } from './refusal.ts';
import type { Identity, State } from './state.ts';

/** What the double is: an organization of one plan, with connections that somebody made by hand. */
export interface Place {
  readonly organizationId: string;
  /** `free` refuses trusted IPs, as a self-hosted server without a licence does. */
  readonly plan: 'free' | 'pro';
  /** Ids of GitHub connections. */
  readonly connections: readonly string[];
  /**
   * Why GitHub refuses what a sync writes to `owner/name` or `owner/name/environment`. @default - it does not
   */
  readonly github?: (destination: string) => string | undefined;
}

/** One API call, past the check of its token. */
export interface Call {
  readonly state: State;
  readonly place: Place;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Address that the connection comes from. */
  readonly source: string;
  /** Undefined for calls that need no token. */
  readonly identity: Identity | undefined;
  /** Parameters in the path. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: unknown;
}

/** One API method. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below /api, e.g. `v1/folders/:id`. */
  readonly path: string;
  /**
   * - `nobody`: no token is needed
   * - `anyone`: any valid one; the answer decides itself what it may see
   * - `administrator`: an identity with the role admin in the organization
   */
  readonly who: 'nobody' | 'anyone' | 'administrator';
  readonly answer: (call: Call) => unknown;
}

/** The body as a route wants it. Other keys are passed over: the provider sends its own struct names. */
export function bodyOf<T extends z.ZodType>({ body }: Call, schema: T): z.infer<T> {
  return checked(schema, body);
}

export function queryOf<T extends z.ZodType>({ query }: Call, schema: T): z.infer<T> {
  return checked(schema, Object.fromEntries(query));
}

function checked<T extends z.ZodType>(schema: T, value: unknown): z.infer<T> {
  const { success, data, error } = schema.safeParse(value);
  // The paths alone: a value might be a secret.
  if (!success) throw invalid(error.issues.map(({ path }) => path.join('.')).join(', '));
  return data;
}

/** A path parameter; the router has filled it in. */
export function parameter({ path }: Call, name: string): string {
  return path[name] ?? '';
}

export function isoTime(now: number): string {
  return new Date(now).toISOString();
}
