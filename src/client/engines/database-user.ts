import { inside, number, object, text } from '../../contract/shape.ts';
import type { DatabaseContract } from '../../contract/engines.ts';
import { call, OpenBaoError, type Connection } from '../openbao.ts';

/** A user of a database that was made for this use. */
export interface DatabaseUser {
  readonly username: string;
  readonly password: string;
  readonly lease: string;
  /** Seconds. */
  readonly ttl: number;
}

/**
 * Has a user made. The engine makes one on a read: an answer that got lost leaves one that ends by itself.
 *
 * @throws UserError  refused, not connected, or the database cannot be reached
 */
export async function makeUser(
  connection: Connection,
  { name, path }: DatabaseContract,
): Promise<DatabaseUser> {
  const answer = await call(connection, { method: 'GET', path, patience: 30_000 });
  if (answer === undefined) {
    throw new OpenBaoError(
      `there is nothing at ${path}: is the stack engines deployed, and was \`backbone db connect ${name}\` run?`,
    );
  }
  const whole = object(answer, path);
  const data = inside(whole, 'data');
  return {
    username: text(data, 'username'),
    password: text(data, 'password'),
    lease: text(whole, 'lease_id'),
    ttl: number(whole, 'lease_duration'),
  };
}

/** Keeps token and user alive; the user ends with the token that it was made with. */
export async function renewUser(
  connection: Connection,
  { renew }: DatabaseContract,
  { lease }: DatabaseUser,
): Promise<void> {
  await call(connection, { method: 'POST', path: 'auth/token/renew-self', body: {} });
  await call(connection, { method: 'POST', path: renew, body: { lease_id: lease } });
}

/** The user is gone when this returns. */
export async function dropUser(
  connection: Connection,
  { revoke }: DatabaseContract,
  { lease }: DatabaseUser,
): Promise<void> {
  await call(connection, {
    method: 'POST',
    path: revoke,
    body: { lease_id: lease, sync: true },
    patience: 30_000,
  });
}
