import { mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { exists } from '../parts/cache.ts';
import { firstUid } from './base-image.ts';
import type { Volume } from './record.ts';
import { isMounted, unmount } from './rootfs.ts';

/**
 * Volumes of a container: each is a file system of its own, an ext4 image that this machine has mounted, so
 * that it outlives a reboot of the container. Made where it is missing; safe where it is mounted.
 *
 * @param directory  of the volumes of this container
 */
export async function mountVolumes(directory: string, volumes: readonly Volume[]): Promise<void> {
  for (const volume of volumes) {
    const at = volumePath(directory, volume);
    await mkdir(at, { recursive: true, mode: 0o711 });
    if (await isMounted(at)) continue;
    const image = `${at}.img`;
    if (!(await exists(image))) await makeImage(image, volume.gib);
    await execa('mount', ['-o', 'loop', image, at]);
  }
}

/** All that are mounted there, also where no record names them. */
export async function unmountVolumes(directory: string): Promise<void> {
  for (const name of await readdir(directory).catch(() => [])) await unmount(join(directory, name));
}

/** As systemd-nspawn is told of them. */
export function volumeArguments(directory: string, volumes: readonly Volume[]): readonly string[] {
  return volumes.map((volume) => `--bind=${volumePath(directory, volume)}:${volume.path}`);
}

function volumePath(directory: string, { name }: Volume): string {
  return join(directory, name);
}

/** Whole or not at all; it takes the space of what is written. */
async function makeImage(image: string, gib: number): Promise<void> {
  const owner = String(firstUid);
  await execa('truncate', ['--size', `${String(gib)}G`, `${image}.new`]);
  await execa('mkfs.ext4', ['-q', '-F', '-E', `root_owner=${owner}:${owner}`, `${image}.new`]);
  await rename(`${image}.new`, image);
}
