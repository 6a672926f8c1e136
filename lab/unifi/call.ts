import type { Sessions, Session } from './sessions.ts';
import type { Admin, UnifiState } from './state.ts';

/** What a request asks for, and who asks. */
export interface UnifiCall {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly state: UnifiState;
  readonly sessions: Sessions;
  /** Undefined where nobody is known. */
  readonly caller: Caller | undefined;
}

export interface Caller {
  readonly admin: Admin;
  /** Undefined for an API key. */
  readonly session: Session | undefined;
}

export interface UnifiAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
}

/** The Network application's envelope. */
export function data(items: readonly unknown[]): UnifiAnswer {
  return { status: 200, body: { meta: { rc: 'ok' }, data: items } };
}

/** An error of the Network application: `{"meta":{"rc":"error","msg":"api.err.X"},"data":[]}`. */
export function refused(status: number, msg: string): UnifiAnswer {
  return { status, body: { meta: { rc: 'error', msg: `api.err.${msg}` }, data: [] } };
}

/** An error of UniFi OS itself, in front of its applications. */
export function consoleError(status: number, message: string): UnifiAnswer {
  return { status, body: { error: { code: status, message } } };
}
