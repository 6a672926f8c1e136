import { mkdir, readdir, readFile, rmdir, access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { exists } from '../parts/cache.ts';

/**
 * Where systemd inside a container may have its cgroups: the unified hierarchy, and beside it
 * `name=systemd` where the host is hybrid. Resource controllers are not delegated.
 */
export async function cgroupRoots(): Promise<readonly string[]> {
  const candidates = (await exists('/sys/fs/cgroup/cgroup.controllers'))
    ? ['/sys/fs/cgroup']
    : ['/sys/fs/cgroup/unified', '/sys/fs/cgroup/systemd'];
  const found: string[] = [];
  for (const root of candidates) {
    const writable = await access(join(root, 'cgroup.procs'), constants.W_OK).then(
      () => true,
      () => false,
    );
    if (writable) found.push(root);
  }
  return found;
}

/** Makes the cgroup of one container in every hierarchy; gives their directories. */
export async function makeCgroups(name: string): Promise<readonly string[]> {
  const directories = (await cgroupRoots()).map((root) => join(root, name));
  for (const directory of directories) await mkdir(directory, { recursive: true });
  return directories;
}

/** Pids of every process of the container, its supervisor included. */
export async function processesOf(name: string): Promise<readonly number[]> {
  const pids = new Set<number>();
  for (const root of await cgroupRoots()) {
    for (const directory of await below(join(root, name))) {
      const text = await readFile(join(directory, 'cgroup.procs'), 'utf8').catch(() => '');
      for (const pid of text.split('\n').map(Number)) if (pid > 0) pids.add(pid);
    }
  }
  return [...pids];
}

/**
 * Kills every process in the cgroup, and removes it. Nothing but this container ever is in it, so no
 * other process can be hit; safe where it is gone.
 */
export async function removeCgroups(name: string): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    const pids = await processesOf(name);
    for (const pid of pids) kill(pid);
    if (pids.length === 0 && (await removeDirectories(name))) return;
    await delay(50);
  }
  throw new Error(`the processes of ${name} do not end: ${(await processesOf(name)).join(' ')}`);
}

async function removeDirectories(name: string): Promise<boolean> {
  try {
    for (const root of await cgroupRoots()) {
      for (const directory of (await below(join(root, name))).reverse()) await rmdir(directory);
    }
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EBUSY') return false;
    throw error;
  }
}

/** A cgroup and those in it, outermost first; empty where there is none. */
async function below(directory: string): Promise<string[]> {
  let entries;
  try {
    entries = await readdir(directory, { withFileTypes: true });
  } catch {
    return [];
  }
  const inner: string[] = [];
  for (const entry of entries) {
    if (entry.isDirectory()) inner.push(...(await below(join(directory, entry.name))));
  }
  return [directory, ...inner];
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}
