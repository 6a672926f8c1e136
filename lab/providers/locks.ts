import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Part } from '../parts/part.ts';
import type { LabPaths } from '../paths.ts';
import { stackProviders } from './mirror.ts';

/**
 * Lock files for the providers of the lab's mirror, one a stack. The committed `locks/` hold the hashes
 * of the registry's packages; a provider built from source, or the stand-in, has others.
 */
export async function writeLocks(paths: LabPaths, terraform: Part): Promise<void> {
  await mkdir(paths.locks, { recursive: true, mode: 0o700 });
  for (const [stack, { source, version }] of Object.entries(stackProviders)) {
    const scratch = await mkdtemp(join(paths.locks, '.init-'));
    try {
      await writeFile(
        join(scratch, 'main.tf.json'),
        JSON.stringify({ terraform: { required_providers: { this: { source, version } } } }),
      );
      await execa(terraform.path, ['init', '-input=false', '-no-color', '-backend=false'], {
        cwd: scratch,
        env: {
          TF_CLI_CONFIG_FILE: paths.terraformConfig,
          // Terraform would install through the user's cache instead of reading the mirror.
          TF_PLUGIN_CACHE_DIR: '',
          CHECKPOINT_DISABLE: '1',
        },
        all: true,
      });
      await cp(join(scratch, '.terraform.lock.hcl'), join(paths.locks, `${stack}.lock.hcl`));
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }
}
