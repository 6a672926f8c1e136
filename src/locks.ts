import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stackNames } from './model/names.ts';

const committed = fileURLToPath(new URL('../locks', import.meta.url));

/**
 * Puts the provider lock file of each stack where both cdktf and plain Terraform look for it, so that
 * every way of deploying takes the same provider builds. BACKBONE_LOCKS names another directory of them,
 * for providers from a mirror of one's own.
 */
export async function placeLocks(output: string): Promise<void> {
  const locks = process.env['BACKBONE_LOCKS'] ?? committed;
  for (const stack of stackNames) {
    await copyFile(
      join(locks, `${stack}.lock.hcl`),
      join(output, 'stacks', stack, '.terraform.lock.hcl'),
    ).catch((error: unknown) => {
      // Without one, `terraform init` makes it.
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    });
  }
}
