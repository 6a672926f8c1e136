import { number, object, ShapeError, text, textRecord } from '../contract/shape.ts';
import { call, OpenBaoError, type Connection } from '../client/openbao.ts';
import { writeKv } from '../client/kv.ts';
import type { RotationContract } from '../contract/contract.ts';
import type { Fields } from './credential.ts';

/** A version of a KV-v2 secret with its number. */
export interface Version {
  readonly fields: Fields;
  readonly version: number;
}

/** @returns undefined where there is none, or none any more */
export async function readVersion(
  connection: Connection,
  dataPath: string,
  version?: number,
): Promise<Version | undefined> {
  const path = version === undefined ? dataPath : `${dataPath}?version=${String(version)}`;
  const answer = await call(connection, { method: 'GET', path });
  if (answer === undefined) return undefined;
  const shape = object(answer.data, dataPath);
  return {
    fields: textRecord(shape, 'data'),
    version: number(object(shape.value['metadata'], `${dataPath}.metadata`), 'version'),
  };
}

/**
 * The next value of a secret, beside it in KV until it is in use. It is there before the controller is
 * changed, so that no kill can lose the only copy; and it is made with check-and-set 0, so that it is also
 * what two rotations on two hosts meet at: only one of them can make it.
 */
export interface Pending {
  /** Version of the pending path itself. */
  readonly version: number;
  /** Names this rotation, also in the journal and in the name of an API key. */
  readonly rotation: string;
  readonly host: string;
  /** ISO 8601. */
  readonly began: string;
  /** Version of the secret that is replaced; 0 where there was none. */
  readonly from: number;
  /** Undefined for an API key that is not made yet. */
  readonly next: Fields | undefined;
  /** Id of the API key at the controller. */
  readonly keyId: string | undefined;
}

export async function readPending(
  connection: Connection,
  { pending }: RotationContract,
): Promise<Pending | undefined> {
  const found = await readVersion(connection, pending);
  if (found === undefined) return undefined;
  const shape = { at: pending, value: found.fields };
  const { next, key_id } = found.fields;
  return {
    version: found.version,
    rotation: text(shape, 'rotation'),
    host: text(shape, 'host'),
    began: text(shape, 'began'),
    from: Number(text(shape, 'from_version')),
    next: next === undefined ? undefined : parsedNext(next, pending),
    keyId: key_id,
  };
}

function parsedNext(json: string, at: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new ShapeError(`${at}.next is no JSON`);
  }
  return textRecord({ at, value: { next: value } }, 'next');
}

/** @throws OpenBaoError  somebody else holds the rotation, or the server refused */
export async function writePending(
  connection: Connection,
  { pending }: RotationContract,
  content: Omit<Pending, 'version'>,
  expected: number,
): Promise<Pending> {
  const { rotation, host, began, from, next, keyId } = content;
  const version = await writeKv(
    connection,
    pending,
    {
      ...{ rotation, host, began, from_version: String(from) },
      ...(next === undefined ? {} : { next: JSON.stringify(next) }),
      ...(keyId === undefined ? {} : { key_id: keyId }),
    },
    expected,
  );
  return { ...content, version };
}

/** With all its versions: nothing of an old value stays there. */
export async function removePending(
  connection: Connection,
  { pendingMetadata }: RotationContract,
): Promise<void> {
  await call(connection, { method: 'DELETE', path: pendingMetadata });
}

/**
 * Writes the secret itself with check-and-set, once: an answer that got lost is not taken for a refusal.
 *
 * @returns the new version
 * @throws OpenBaoError  it is certain that nothing was written, or `unknown` says that it is not
 */
export async function writeSecret(
  connection: Connection,
  { data }: RotationContract,
  next: Fields,
  expected: number,
): Promise<number> {
  try {
    return await writeKv(connection, data, next, expected);
  } catch (error) {
    if (!(error instanceof OpenBaoError)) throw error;
    const now = await readVersion(connection, data).catch(() => undefined);
    if (now !== undefined && same(now.fields, next)) return now.version;
    throw error;
  }
}

export function same(one: Fields, other: Fields): boolean {
  const names = Object.keys(one);
  return (
    names.length === Object.keys(other).length && names.every((name) => one[name] === other[name])
  );
}
