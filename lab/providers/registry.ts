import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { cacheRoot } from '../parts/cache.ts';
import type { Part } from '../parts/part.ts';
import type { ProviderVersion } from './find.ts';

/** Terraform's own plugin cache, in the layout of a mirror; kept between labs. */
export function downloadedProviders(): string {
  return join(cacheRoot(), 'providers');
}

/**
 * Lets Terraform itself download a provider, with its checks of signature and checksum.
 *
 * @returns false where no registry answers; that is no error, as there are other ways
 */
export async function downloadProvider(
  terraform: Part,
  { source, version }: ProviderVersion,
): Promise<boolean> {
  const scratch = await mkdtemp(join(tmpdir(), 'provider-'));
  try {
    await mkdir(downloadedProviders(), { recursive: true });
    const required = { wanted: { source, version } };
    await writeFile(
      join(scratch, 'main.tf.json'),
      JSON.stringify({ terraform: { required_providers: required } }),
    );
    const { exitCode } = await execa(terraform.path, ['init', '-input=false', '-no-color'], {
      cwd: scratch,
      reject: false,
      env: {
        TF_CLI_CONFIG_FILE: '/dev/null',
        TF_PLUGIN_CACHE_DIR: downloadedProviders(),
        TF_REGISTRY_DISCOVERY_RETRY: '0',
        TF_REGISTRY_CLIENT_TIMEOUT: '5',
        CHECKPOINT_DISABLE: '1',
      },
    });
    return exitCode === 0;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
