import { mkdir, mkdtemp, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { exists } from '../../../lab/parts/cache.ts';
import { findProvider, terraformPlatform } from '../../../lab/providers/find.ts';

/** Where Terraform gets one provider from in a test: each mirror has that provider and nothing else. */
export interface Mirrors {
  /** A filesystem mirror with the stand-in. */
  readonly standInMirror: () => Promise<string>;
  /** The directory of the real provider: where BACKBONE_PROVIDERS names it, or plugins lie by convention. */
  readonly realProvider: () => Promise<string | undefined>;
  /** A filesystem mirror with what lies in `directory`. */
  readonly mirrorOf: (directory: string) => Promise<string>;
}

/** @param buildStandIn  puts the stand-in into a directory of a mirror */
export function mirrorsFor(
  provider: { readonly source: string; readonly version: string },
  buildStandIn: (directory: string) => Promise<string>,
): Mirrors {
  const newMirror = () => mkdtemp(join(tmpdir(), 'provider-mirror-'));
  const placeIn = (mirror: string) =>
    join(mirror, 'registry.terraform.io', provider.source, provider.version, terraformPlatform);
  return {
    standInMirror: async () => {
      const mirror = await newMirror();
      await buildStandIn(placeIn(mirror));
      return mirror;
    },
    realProvider: async () => {
      const found = await findProvider(provider);
      if (found === undefined || (await exists(join(found, 'stand-in.mjs')))) return undefined;
      return found;
    },
    mirrorOf: async (directory) => {
      const mirror = await newMirror();
      await mkdir(dirname(placeIn(mirror)), { recursive: true });
      // Terraform follows a link at this level, and at no other.
      await symlink(directory, placeIn(mirror));
      return mirror;
    },
  };
}
