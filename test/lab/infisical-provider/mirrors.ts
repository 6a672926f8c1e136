import { mkdir, mkdtemp, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildStandIn } from '../../../lab/infisical-provider/build.ts';
import { exists } from '../../../lab/parts/cache.ts';
import { findProvider, terraformPlatform } from '../../../lab/providers/find.ts';
import { Workspace } from '../provider-protocol/workspace.ts';
import type { RunningDouble } from '../infisical/running-double.ts';

const provider = { source: 'infisical/infisical', version: '0.19.24' } as const;

const placeIn = (mirror: string) =>
  join(mirror, 'registry.terraform.io', provider.source, provider.version, terraformPlatform);

/** A filesystem mirror with the stand-in and nothing else. */
export async function standInMirror(): Promise<string> {
  const mirror = await mkdtemp(join(tmpdir(), 'infisical-provider-mirror-'));
  await buildStandIn(placeIn(mirror));
  return mirror;
}

/** The directory of a real provider 0.19.24: where BACKBONE_PROVIDERS names it, or plugins lie by convention. */
export async function realProvider(): Promise<string | undefined> {
  const found = await findProvider(provider);
  if (found === undefined || (await exists(join(found, 'stand-in.mjs')))) return undefined;
  return found;
}

export async function mirrorOf(directory: string): Promise<string> {
  const mirror = await mkdtemp(join(tmpdir(), 'infisical-provider-mirror-'));
  await mkdir(dirname(placeIn(mirror)), { recursive: true });
  // Terraform follows a link at this level, and at no other.
  await symlink(directory, placeIn(mirror));
  return mirror;
}

/** A working directory of real Terraform with the infisical provider, logged in as the administrator. */
export function workspace(server: RunningDouble, mirror: string): Promise<Workspace> {
  return Workspace.open(
    mirror,
    {
      name: 'infisical',
      ...provider,
      block: `host = "${server.url}"\n  auth = { universal = {} }`,
    },
    server.env,
  );
}
