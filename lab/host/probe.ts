import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { cacheRoot } from '../parts/cache.ts';
import { lastLines, PartMissing } from '../parts/part.ts';
import { firstUid } from './base-image.ts';
import { cgroupRoots, removeCgroups } from './cgroup.ts';

/** Ends what hangs; a boot takes a second, or some on a loaded machine. */
const patience = 300_000;

/**
 * Boots a container by hand and does in it what the roles do: programs and kernel features that are there
 * may still be forbidden, as in a container of somebody else's. It is made without the rest of `lab/host`:
 * where this works and that does not, the lab is broken, and its tests fail rather than being skipped.
 *
 * @param base  root file system of a base image
 * @throws PartMissing  it does not work here, and what was said
 */
export async function probeContainers(base: string): Promise<void> {
  await mkdir(cacheRoot(), { recursive: true });
  // Where the images are, as an overlay over an overlay is refused.
  const directory = await mkdtemp(join(cacheRoot(), '.probe-'));
  const cgroup = basename(directory).slice(1);
  const groups = (await cgroupRoots()).map((root) => join(root, cgroup));
  const script = fileURLToPath(new URL('./probe.sh', import.meta.url));
  try {
    await execa('bash', [script, directory, base, String(firstUid), ...groups], {
      ...{ stdin: 'ignore', stdout: 'ignore', timeout: patience },
      env: { PROBE_INSIDE: '' },
    });
  } catch (error) {
    throw new PartMissing(`a systemd container does not work on this machine: ${lastLines(error)}`);
  } finally {
    await removeCgroups(cgroup);
    await rm(directory, { recursive: true, force: true });
  }
}
