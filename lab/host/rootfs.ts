import { chmod, chown, lstat, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { firstUid } from './base-image.ts';

export interface OverlayPaths {
  readonly root: string;
  readonly upper: string;
  readonly work: string;
}

/** Lays the container's own layer over a base image. Safe where it is mounted. */
export async function mountRoot(base: string, { root, upper, work }: OverlayPaths): Promise<void> {
  for (const directory of [root, upper, work]) {
    await mkdir(directory, { recursive: true, mode: 0o755 });
  }
  if (await isMounted(root)) return;
  await chown(upper, firstUid, firstUid);
  await chmod(upper, 0o755);
  const option = (path: string) => path.replaceAll(/[\\:,]/g, String.raw`\$&`);
  const layers = [
    `lowerdir=${option(base)}`,
    `upperdir=${option(upper)}`,
    `workdir=${option(work)}`,
  ];
  await execa('mount', ['-t', 'overlay', 'overlay', '-o', layers.join(','), root]);
}

/** Takes over what another container has written, before the root file system is first mounted. */
export async function copyLayer(from: OverlayPaths, to: OverlayPaths): Promise<void> {
  await mkdir(to.upper, { recursive: true, mode: 0o755 });
  await execa('cp', ['--archive', `${from.upper}/.`, to.upper]);
}

/** Safe where nothing is mounted. */
export async function unmount(root: string): Promise<void> {
  for (let attempt = 0; await isMounted(root); attempt += 1) {
    // The kernel lets go of a mount shortly after the last process that used it.
    const { failed, stderr } = await execa('umount', [root], { reject: false });
    if (failed && attempt > 100) throw new Error(`${root} cannot be unmounted: ${stderr}`);
    if (failed) await delay(50);
  }
}

export async function isMounted(root: string): Promise<boolean> {
  const mounts = await readFile('/proc/self/mountinfo', 'utf8');
  const escaped = root.replaceAll(
    /[\\ \t\n]/g,
    (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`,
  );
  return mounts.split('\n').some((line) => line.split(' ')[4] === escaped);
}

/** As seen inside the container. */
export interface GuestFile {
  /** Absolute, without `..`. */
  readonly path: string;
  readonly content: string | Uint8Array;
  readonly mode?: number;
  /** @default 0 - root of the container */
  readonly uid?: number;
  readonly gid?: number;
}

/**
 * Writes a file into the root file system of a container that does not run, whole or not at all, as
 * `pct push` does. Parents that are missing are made for root.
 *
 * The container's owner may have put symbolic links in the way that lead out of it: one in the path is
 * refused.
 *
 * @param root  where the root file system is mounted on this machine
 */
export async function writeGuestFile(root: string, file: GuestFile): Promise<void> {
  const steps = file.path.split('/').slice(1);
  const name = steps.pop();
  const harmless = file.path.startsWith('/') && name !== undefined && name !== '';
  if (!harmless || [...steps, name].some((step) => ['', '.', '..'].includes(step))) {
    throw new Error(`${file.path} is not an absolute path of a file`);
  }
  let directory = root;
  for (const step of steps) {
    directory = join(directory, step);
    await makeDirectory(directory, file.path);
  }
  const uid = firstUid + (file.uid ?? 0);
  const gid = firstUid + (file.gid ?? 0);
  const scratch = join(directory, `.${name}.new`);
  await rm(scratch, { force: true });
  const handle = await open(scratch, 'wx', 0o600);
  try {
    await handle.writeFile(file.content);
    await handle.chown(uid, gid);
    await handle.chmod(file.mode ?? 0o644);
  } finally {
    await handle.close();
  }
  await rename(scratch, join(directory, name));
}

async function makeDirectory(directory: string, path: string): Promise<void> {
  const seen = await lstat(directory).catch(() => undefined);
  if (seen === undefined) {
    await mkdir(directory, { mode: 0o755 });
    await chown(directory, firstUid, firstUid);
  } else if (!seen.isDirectory()) {
    throw new Error(`${path} leads through ${directory}, which is no directory`);
  }
}
