import type { ConsumerContract, RolePaths } from '../../contract/contract.ts';
import { inside, number, object, optionalText, text } from '../../contract/shape.ts';
import { call, OpenBaoError, type Connection } from '../openbao.ts';

/** A SecretID that the server still has: nobody has logged in with it. */
export interface Waiting {
  /** By the server's clock. */
  readonly expires: Date;
}

/** @returns undefined where it is gone: used, expired or destroyed, which the server does not tell apart */
export async function lookUpSecretId(
  connection: Connection,
  { lookupAccessor }: RolePaths,
  accessor: string,
): Promise<Waiting | undefined> {
  try {
    const answer = await call(connection, {
      method: 'POST',
      path: lookupAccessor,
      body: { secret_id_accessor: accessor },
    });
    if (answer === undefined) return undefined;
    return { expires: new Date(text(object(answer.data, lookupAccessor), 'expiration_time')) };
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** @returns `gone` where there was nothing to destroy any more */
export async function destroySecretId(
  connection: Connection,
  { destroyAccessor }: RolePaths,
  accessor: string,
): Promise<'destroyed' | 'gone'> {
  try {
    await call(connection, {
      method: 'POST',
      path: destroyAccessor,
      body: { secret_id_accessor: accessor },
    });
    return 'destroyed';
  } catch (error) {
    if (isGone(error)) return 'gone';
    throw error;
  }
}

/** OpenBao answers 404 to a look-up and 500 to a destruction, both with these words (2.7.2). */
function isGone(error: unknown): boolean {
  return (
    error instanceof OpenBaoError && error.message.includes('failed to find accessor entry for')
  );
}

/** Versions of an arrival that are looked through: a later one may have followed at once. */
const versions = 10;

/** Whether the consumer has confirmed that it logged in with this SecretID. */
export async function hasArrived(
  connection: Connection,
  { arrival }: ConsumerContract,
  accessor: string,
): Promise<boolean> {
  const newest = await readVersion(connection, arrival);
  if (newest === undefined) return false;
  if (newest.accessor === accessor) return true;
  const oldest = Math.max(1, newest.version - versions);
  for (let version = newest.version - 1; version >= oldest; version -= 1) {
    const older = await readVersion(connection, `${arrival}?version=${String(version)}`);
    if (older?.accessor === accessor) return true;
  }
  return false;
}

async function readVersion(connection: Connection, path: string) {
  const answer = await call(connection, { method: 'GET', path });
  if (answer === undefined) return undefined;
  const secret = object(answer.data, 'arrival');
  return {
    accessor: optionalText(inside(secret, 'data'), 'secret_id_accessor'),
    version: number(inside(secret, 'metadata'), 'version'),
  };
}
