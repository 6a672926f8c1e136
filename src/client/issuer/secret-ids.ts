import type { ConsumerContract, RolePaths } from '../../contract/contract.ts';
import { inside, number, object, optionalText, text } from '../../contract/shape.ts';
import { call, OpenBaoError, type Connection } from '../openbao.ts';

/** A SecretID that the server still has: nobody has logged in with it. */
export interface Waiting {
  /** By the server's clock. */
  readonly expires: Date;
}

/**
 * @returns undefined where the role has none of that accessor: it is used, expired or destroyed, which the server
 *   does not tell apart, or never was one of this role
 */
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

/** @returns `gone` where the role has none of that accessor */
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

/** OpenBao 2.7.2: 500 and the first for one that is gone, 403 and the second for one of another role. */
function isGone(error: unknown): boolean {
  return (
    error instanceof OpenBaoError &&
    /failed to find accessor entry for|invalid secret id accessor/.test(error.message)
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
