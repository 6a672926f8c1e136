import { createHash } from 'node:crypto';
import { copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const committed = fileURLToPath(new URL('../../locks', import.meta.url));

/**
 * Makes the synthesized directories ready for Terraform, however it is started afterwards.
 *
 * - Each stack gets its provider lock file, so that cdktf and plain Terraform take the same builds.
 *   BACKBONE_LOCKS names another directory of them, for providers from a mirror of one's own.
 * - Where the directories were last used for another declaration (the lab's, say), Terraform's note of
 *   that one's backend is removed, or `init` would offer to migrate its state into this one. A backend
 *   that changes within one declaration keeps that question: there it is the right one.
 *
 * @param declaration  absolute path of the declaration
 * @param stacks       names of what was synthesized
 */
export async function prepareWorkingDirectories(
  output: string,
  declaration: string,
  stacks: readonly string[],
): Promise<void> {
  const stamp = join(output, '.declaration');
  const mine = createHash('sha256').update(declaration).digest('hex');
  const changed = (await readFile(stamp, 'utf8').catch(() => mine)) !== mine;
  const locks = process.env['BACKBONE_LOCKS'] ?? committed;
  for (const stack of stacks) {
    const directory = join(output, 'stacks', stack);
    const lock = join(directory, '.terraform.lock.hcl');
    if (changed) {
      await rm(join(directory, '.terraform', 'terraform.tfstate'), { force: true });
      await rm(lock, { force: true });
    }
    await placeLock(join(locks, `${stack}.lock.hcl`), lock);
  }
  await writeFile(stamp, mine);
}

/** Without one, `terraform init` makes it. */
async function placeLock(from: string, to: string): Promise<void> {
  try {
    await copyFile(from, to);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
}
