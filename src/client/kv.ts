import { z } from 'zod';
import { call, OpenBaoError, type Connection } from './openbao.ts';

const metadata = z.object({
  current_version: z.number().int(),
  custom_metadata: z.record(z.string(), z.string()).nullable(),
  versions: z.record(
    z.string(),
    z.object({ created_time: z.string(), deletion_time: z.string(), destroyed: z.boolean() }),
  ),
});

/** Metadata of a KV-v2 secret (OpenBao KV-v2 API, "Read secret metadata"). Holds no value. */
export type KvMetadata = z.infer<typeof metadata>;

/** @returns undefined where the path does not exist; version 0 where it has metadata but no value */
export async function readKvMetadata(
  connection: Connection,
  metadataPath: string,
): Promise<KvMetadata | undefined> {
  const answer = await call(connection, { method: 'GET', path: metadataPath });
  return answer === undefined ? undefined : metadata.parse(answer.data);
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
    return z.object({ version: z.number().int() }).parse(answer?.data).version;
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
  return z.object({ data: z.record(z.string(), z.string()) }).parse(answer.data).data;
}
