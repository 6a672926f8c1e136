import { ensureHostSupport } from '../../../lab/host/packages.ts';
import { baseImage, releases } from '../../../lab/host/base-image.ts';
import { PartMissing } from '../../../lab/parts/part.ts';

/**
 * Whether real containers can run here, with their images made. Where not, it is said, so that nobody
 * takes what was skipped for what was proved.
 *
 * @param what  what is skipped
 */
export async function containersOrSkip(what: string): Promise<boolean> {
  const say = (line: string) => process.stderr.write(`${line}\n`);
  try {
    await ensureHostSupport(say);
    for (const release of releases) await baseImage(release, say);
    return true;
  } catch (error) {
    if (!(error instanceof PartMissing)) throw error;
    say(`SKIPPED: ${what}: ${error.message}`);
    return false;
  }
}
