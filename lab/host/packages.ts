import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { cacheRoot } from '../parts/cache.ts';
import { inTurn } from '../processes/lock.ts';
import { lastLines, PartMissing, type Progress } from '../parts/part.ts';
import { hostSupport } from './support.ts';

/** Ends an apt that waits for a network that is not there. */
const patience = 600_000;

/**
 * Makes sure that this machine can run containers: kernel modules are loaded, what Debian or Ubuntu has a
 * package for is installed, and said; the rest is an error that names it.
 *
 * @throws PartMissing
 */
export async function ensureHostSupport(progress: Progress): Promise<void> {
  // Two at once would find apt locked.
  await inTurn(join(cacheRoot(), 'apt.lock'), async () => {
    await execa('modprobe', ['--all', 'overlay', 'br_netfilter'], { reject: false });
    const { packages } = await hostSupport();
    if (packages.length > 0 && (await hasApt())) await install(packages, progress);
  });
  await requireHostSupport();
}

async function install(packages: readonly string[], progress: Progress): Promise<void> {
  progress(`installing with apt: ${packages.join(' ')}`);
  const quiet = ['-qq', '-o', 'Dpkg::Use-Pty=0'];
  const wanted = ['install', ...quiet, '-y', '--no-install-recommends', ...packages];
  const options = { all: true, env: { DEBIAN_FRONTEND: 'noninteractive' }, timeout: patience };
  try {
    await execa('apt-get', ['update', ...quiet], options);
    await execa('apt-get', wanted, options);
  } catch (error) {
    throw new PartMissing(`apt could not install ${packages.join(' ')}:\n${lastLines(error)}`);
  }
}

/**
 * As {@link ensureHostSupport}, and changes nothing.
 *
 * @throws PartMissing
 */
export async function requireHostSupport(): Promise<void> {
  const { missing, packages } = await hostSupport();
  if (missing.length === 0) return;
  const how = packages.length === 0 ? '' : ` Debian has it as: apt install ${packages.join(' ')}.`;
  throw new PartMissing(`real containers need ${missing.join(', ')}, not found here.${how}`);
}

async function hasApt(): Promise<boolean> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return /^ID(_LIKE)?=.*\bdebian\b/m.test(release);
}
