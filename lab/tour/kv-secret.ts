import { randomBytes } from 'node:crypto';
import { readKv, readKvMetadata, writeKv } from '../../src/client/kv.ts';
import { call, OpenBaoError, type Connection } from '../../src/client/openbao.ts';
import { secretVariable } from '../../src/model/environment.ts';
import type { Cast } from './cast.ts';
import type { Proofs } from './proof.ts';

/** A secret of rung 2: read by its consumer, by nobody else, and Terraform never sees it. */
export async function showKvSecret(
  connections: Readonly<Record<'reader' | 'stranger' | 'operator', Connection>>,
  { reader, stranger, secret }: Cast,
  proofs: Proofs,
): Promise<void> {
  const { operator } = connections;
  const current = await readKvMetadata(operator, secret.metadataPath);
  const version = current?.current_version ?? 0;
  await proofs.allowed(
    'KV secret',
    `an operator writes ${secret.path} with check-and-set`,
    async () => {
      const made = Object.fromEntries(
        secret.fields.map((field) => [field, randomBytes(18).toString('base64url')]),
      );
      const written = await writeKv(operator, secret.dataPath, made, version);
      return `version ${String(written)}: ${secret.fields.join(', ')}`;
    },
  );
  await proofs.denied(
    'KV secret',
    'a writer who saw an older version is refused',
    /not at version/,
    () => writeKv(operator, secret.dataPath, { lost: 'update' }, version),
  );
  await proofs.allowed('KV secret', `${reader.name} reads ${secret.path}`, async () => {
    const fields = await readKv(connections.reader, secret.dataPath);
    const variables = Object.keys(fields ?? {}).map((field) => secretVariable(secret.path, field));
    return `${variables.join(', ')} (values not shown)`;
  });
  await proofs.denied('KV secret', `${stranger.name} cannot read it`, /permission denied/, () =>
    readKv(connections.stranger, secret.dataPath),
  );
  await proofs.denied(
    'KV secret',
    `${reader.name} cannot read a sibling`,
    /permission denied/,
    () => readKv(connections.reader, `${secret.dataPath}-old`),
  );
  await proofs.denied('KV secret', `${reader.name} cannot write it`, /permission denied/, () =>
    writeKv(connections.reader, secret.dataPath, { any: 'thing' }, version + 1),
  );
  await proofs.denied(
    'KV secret',
    `the token of ${reader.name} works from no other address`,
    /permission denied/,
    async () => {
      const path = secret.dataPath;
      const elsewhere = { ...connections.reader, localAddress: connections.stranger.localAddress };
      if ((await call(elsewhere, { method: 'GET', path })) === undefined) {
        throw new OpenBaoError('not found');
      }
    },
  );
}
