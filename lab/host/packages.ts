import { readFile } from 'node:fs/promises';
import { execa } from 'execa';
import { lastLines, PartMissing, type Progress } from '../parts/part.ts';
import { hostSupport } from './support.ts';

/**
 * Makes sure that this machine can run containers: what Debian or Ubuntu has a package for is installed,
 * and said; the rest is an error that names it.
 *
 * @throws PartMissing
 */
export async function ensureHostSupport(progress: Progress): Promise<void> {
  let { missing, packages } = await hostSupport();
  if (packages.length > 0 && (await hasApt())) {
    progress(`installing with apt: ${packages.join(' ')}`);
    const quiet = ['-qq', '-o', 'Dpkg::Use-Pty=0'];
    const install = ['install', ...quiet, '-y', '--no-install-recommends', ...packages];
    const env = { DEBIAN_FRONTEND: 'noninteractive' };
    try {
      await execa('apt-get', ['update', ...quiet], { all: true, env });
      await execa('apt-get', install, { all: true, env });
    } catch (error) {
      throw new PartMissing(`apt could not install ${packages.join(' ')}:\n${lastLines(error)}`);
    }
    ({ missing, packages } = await hostSupport());
  }
  if (missing.length === 0) return;
  const how = packages.length === 0 ? '' : ` Debian has it as: apt install ${packages.join(' ')}.`;
  throw new PartMissing(`real containers need ${missing.join(', ')}, not found here.${how}`);
}

async function hasApt(): Promise<boolean> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return /^ID(_LIKE)?=.*\bdebian\b/m.test(release);
}
