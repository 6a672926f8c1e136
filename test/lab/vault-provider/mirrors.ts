import { mkdir, mkdtemp, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { exists } from '../../../lab/parts/cache.ts';
import { findProvider, terraformPlatform } from '../../../lab/providers/find.ts';
import { buildStandIn } from '../../../lab/vault-provider/build.ts';

const provider = { source: 'hashicorp/vault', version: '5.6.0' } as const;

const placeIn = (mirror: string) =>
  join(mirror, 'registry.terraform.io', provider.source, provider.version, terraformPlatform);

/** A filesystem mirror with the stand-in and nothing else. */
export async function standInMirror(): Promise<string> {
  const mirror = await mkdtemp(join(tmpdir(), 'vault-provider-mirror-'));
  await buildStandIn(placeIn(mirror));
  return mirror;
}

/** The directory of a real provider 5.6.0: where BACKBONE_PROVIDERS names it, or plugins lie by convention. */
export async function realProvider(): Promise<string | undefined> {
  const found = await findProvider(provider);
  if (found === undefined || (await exists(join(found, 'stand-in.mjs')))) return undefined;
  return found;
}

export async function mirrorOf(directory: string): Promise<string> {
  const mirror = await mkdtemp(join(tmpdir(), 'vault-provider-mirror-'));
  await mkdir(dirname(placeIn(mirror)), { recursive: true });
  // Terraform follows a link at this level, and at no other.
  await symlink(directory, placeIn(mirror));
  return mirror;
}
