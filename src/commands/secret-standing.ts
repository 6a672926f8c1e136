import { readKvMetadata } from '../client/kv.ts';
import type { Connection } from '../client/openbao.ts';
import type { Secret } from '../model/secret.ts';
import { standingOf, type Standing } from '../rotation/due.ts';

export interface SecretStanding extends Standing {
  readonly path: string;
  readonly fields: readonly string[];
}

/** Where each secret stands, by its metadata alone: no value is read. */
export async function standings(
  connection: Connection,
  secrets: readonly Secret[],
): Promise<readonly SecretStanding[]> {
  const all: SecretStanding[] = [];
  for (const { path, fields, metadataPath } of secrets) {
    const metadata = await readKvMetadata(connection, metadataPath);
    all.push({ path, fields, ...standingOf(metadata, Date.now()) });
  }
  return all;
}
