import { object, objects, ShapeError, text, type Shape } from '../contract/shape.ts';
import { callInfisical, type InfisicalConnection } from './api.ts';

/** A folder of one environment of a project. */
export interface Folder {
  /** Id of the project. */
  readonly projectId: string;
  readonly environment: string;
  readonly path: string;
}

/**
 * Every secret of a folder, as it lies there: references in values are not expanded, and imported folders
 * not included, so that nothing comes from a place that was not granted.
 *
 * @throws InfisicalError  not granted, or no such folder
 */
export async function readSecrets(
  connection: InfisicalConnection,
  folder: Folder,
): Promise<ReadonlyMap<string, string>> {
  const query = new URLSearchParams({
    projectId: folder.projectId,
    environment: folder.environment,
    secretPath: folder.path,
    expandSecretReferences: 'false',
    includeImports: 'false',
    viewSecretValue: 'true',
  });
  const path = `v4/secrets?${query.toString()}`;
  const answer = object(await callInfisical(connection, { method: 'GET', path }), 'v4/secrets');
  return new Map(
    objects(answer, 'secrets').map((secret) => [text(secret, 'secretKey'), valueOf(secret)]),
  );
}

/** Empty is a value, too. Without the right to read values, the server sends a mark instead of them. */
function valueOf({ at, value }: Shape): string {
  const found = value['secretValue'];
  if (typeof found !== 'string' || value['secretValueHidden'] === true) {
    throw new ShapeError(`${at} comes without its value: the identity may not read it`);
  }
  return found;
}

/** Writes one secret, new or not. */
export async function writeSecret(
  connection: InfisicalConnection,
  { projectId, environment, path }: Folder,
  {
    name,
    value,
    exists,
  }: { readonly name: string; readonly value: string; readonly exists: boolean },
): Promise<void> {
  await callInfisical(connection, {
    method: exists ? 'PATCH' : 'POST',
    path: `v4/secrets/${encodeURIComponent(name)}`,
    // Multi-line values stay as they are wherever they are synced to.
    body: {
      projectId,
      environment,
      secretPath: path,
      secretValue: value,
      type: 'shared',
      skipMultilineEncoding: true,
    },
  });
}
