import { has, inside, number, object, optionalText, type Shape } from '../../contract/shape.ts';
import { call, OpenBaoError, type Connection } from '../openbao.ts';

/** The entry in which a consumer says that it has arrived. */
export interface Arrival {
  /** Of the SecretID that the consumer came by, also after later logins by certificate. */
  readonly secret_id_accessor: string;
  /** RFC 3339, UTC. */
  readonly at: string;
  /** Which login this was: 32 hex digits, made by the host that logged in. */
  readonly nonce: string;
  readonly by: 'secret-id' | 'certificate';
}

/** What stands there now. Texts that are not there are empty. */
export interface Found {
  /** 0: nothing was ever written. */
  readonly version: number;
  readonly accessor: string;
  readonly nonce: string;
}

export async function readArrival(connection: Connection, path: string): Promise<Found> {
  const answer = await call(connection, { method: 'GET', path });
  if (answer === undefined) return { version: 0, accessor: '', nonce: '' };
  const entry = object(answer.data, path);
  const data: Shape = has(entry, 'data') ? inside(entry, 'data') : { at: path, value: {} };
  return {
    version: number(inside(entry, 'metadata'), 'version'),
    accessor: optionalText(data, 'secret_id_accessor') ?? '',
    nonce: optionalText(data, 'nonce') ?? '',
  };
}

/** @returns false: somebody else wrote since `version` was read, and nothing was written */
export async function writeArrival(
  connection: Connection,
  path: string,
  arrival: Arrival,
  version: number,
): Promise<boolean> {
  try {
    await call(connection, {
      method: 'POST',
      path,
      body: { data: arrival, options: { cas: version } },
    });
    return true;
  } catch (error) {
    // KV-v2 has no status of its own for this (OpenBao API, "Create/update secret").
    if (error instanceof OpenBaoError && error.message.includes('check-and-set')) return false;
    throw error;
  }
}
