import { baseImage, type Release } from '../../../lab/host/base-image.ts';
import { ensureHostSupport, requireHostSupport } from '../../../lab/host/packages.ts';
import { probeContainers } from '../../../lab/host/probe.ts';
import { PartMissing } from '../../../lab/parts/part.ts';

/**
 * Whether real containers work here, tried with one made by hand; their images are made. Where they do not,
 * it is said, so that nobody takes what was skipped for what was proved. A fault of `lab/host` skips nothing.
 *
 * Packages are installed only where BACKBONE_INSTALL_PACKAGES is set, as `.ci/run` does: tests change
 * nobody's machine.
 *
 * @param what  what is skipped
 * @param releases  that it needs
 */
export async function containersOrSkip(
  what: string,
  ...releases: readonly [Release, ...Release[]]
): Promise<boolean> {
  const say = (line: string) => process.stderr.write(`${line}\n`);
  try {
    const install = (process.env['BACKBONE_INSTALL_PACKAGES'] ?? '') !== '';
    await (install ? ensureHostSupport(say) : requireHostSupport());
    for (const release of releases) {
      await probeContainers(await baseImage(release, 'furnished', say));
    }
    return true;
  } catch (error) {
    if (!(error instanceof PartMissing)) throw error;
    say(`SKIPPED: ${what}: ${error.message}`);
    return false;
  }
}
