import type { SecretPath } from '../config/brands.ts';
import type { Declaration } from '../config/declaration.ts';
import { kvPaths } from './names.ts';
import { resolveRotation, type Rotation } from './rotation.ts';

/** A KV-v2 secret: its paths and what stands in its custom metadata. Never a value. */
export interface Secret {
  readonly path: SecretPath;
  readonly dataPath: string;
  readonly metadataPath: string;
  /** Where versions are destroyed beyond recall. */
  readonly destroyPath: string;
  readonly fields: readonly string[];
  /** KV custom metadata; all values are strings (OpenBao KV-v2 API, custom_metadata). */
  readonly metadata: Readonly<Record<string, string>>;
  /** Undefined where people rotate it. */
  readonly rotation: Rotation | undefined;
}

export function resolveSecrets(declaration: Declaration): readonly Secret[] {
  return Object.entries(declaration.secrets).map(([key, declared]) => {
    const path = key as SecretPath;
    const { data, metadata, destroy } = kvPaths(path);
    return {
      path,
      dataPath: data,
      metadataPath: metadata,
      destroyPath: destroy,
      fields: declared.fields,
      rotation: resolveRotation(path, declared),
      metadata: {
        ...(declared.description === undefined ? {} : { description: declared.description }),
        fields: declared.fields.join(','),
        owner: declared.owner,
        rotate_every_seconds: String(declared.rotateEvery),
        rung: String(declared.rung),
      },
    };
  });
}
