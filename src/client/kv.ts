import { has, number, object, record, text, textRecord } from '../contract/shape.ts';
import { call, OpenBaoError, type Connection } from './openbao.ts';

/** Metadata of a KV-v2 secret (OpenBao KV-v2 API, "Read secret metadata"). Holds no value. */
export interface KvMetadata {
  readonly current_version: number;
  readonly custom_metadata: Readonly<Record<string, string>> | null;
  readonly versions: Readonly<
    Record<
      string,
      { readonly created_time: string; readonly deletion_time: string; readonly destroyed: boolean }
    >
  >;
}

/** @returns undefined where the path does not exist; version 0 where it has metadata but no value */
export async function readKvMetadata(
  connection: Connection,
  metadataPath: string,
): Promise<KvMetadata | undefined> {
  const answer = await call(connection, { method: 'GET', path: metadataPath });
  if (answer === undefined) return undefined;
  const metadata = object(answer.data, metadataPath);
  return {
    current_version: number(metadata, 'current_version'),
    custom_metadata: has(metadata, 'custom_metadata')
      ? textRecord(metadata, 'custom_metadata')
      : null,
    versions: record(metadata, 'versions', (version) => ({
      created_time: text(version, 'created_time'),
      // Empty as long as the version is there.
      deletion_time: version.value['deletion_time'] === '' ? '' : text(version, 'deletion_time'),
      destroyed: version.value['destroyed'] === true,
    })),
  };
}

/**
 * Writes all fields of a secret as a new version, if the current one is still `expected`.
 *
 * @param expected  version that the writer saw; 0 for the first write
 * @returns the new version
 * @throws OpenBaoError  someone else wrote meanwhile, or the server refused
 */
export async function writeKv(
  connection: Connection,
  dataPath: string,
  fields: Readonly<Record<string, string>>,
  expected: number,
): Promise<number> {
  try {
    const answer = await call(connection, {
      method: 'POST',
      path: dataPath,
      body: { data: fields, options: { cas: expected } },
    });
    return number(object(answer?.data, dataPath), 'version');
  } catch (error) {
    if (error instanceof OpenBaoError && error.message.includes('check-and-set')) {
      throw new OpenBaoError(
        `${dataPath} is not at version ${String(expected)} any more: someone else wrote it. ` +
          'Nothing was written; look at the current version first.',
        error.status,
      );
    }
    throw error;
  }
}

/** @returns the fields of the current version; undefined where there is none */
export async function readKv(
  connection: Connection,
  dataPath: string,
): Promise<Readonly<Record<string, string>> | undefined> {
  const answer = await call(connection, { method: 'GET', path: dataPath });
  if (answer === undefined) return undefined;
  return textRecord(object(answer.data, dataPath), 'data');
}
