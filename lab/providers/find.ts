import { readdir } from 'node:fs/promises';
import { arch, homedir, platform } from 'node:os';
import { join } from 'node:path';
import { exists } from '../parts/cache.ts';

/** A provider at one exact version, by its address in the Terraform registry. */
export interface ProviderVersion {
  /** `namespace/type`, e.g. `hashicorp/aws`. */
  readonly source: string;
  readonly version: string;
}

const goArch: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };

/** Platform as Terraform writes it, e.g. `linux_amd64`. */
export const terraformPlatform = `${platform()}_${goArch[arch()] ?? arch()}`;

/**
 * Where providers conventionally lie unpacked (Terraform CLI documentation, "Implied Local Mirror
 * Directories"), what BACKBONE_PROVIDERS names, the user's plugin cache, and mirrors below /opt.
 */
async function mirrors(env: NodeJS.ProcessEnv): Promise<readonly string[]> {
  const home = homedir();
  const opt = await readdir('/opt', { withFileTypes: true }).catch(() => []);
  return [
    env['BACKBONE_PROVIDERS'] ?? '',
    env['TF_PLUGIN_CACHE_DIR'] ?? '',
    join(home, '.terraform.d', 'plugins'),
    join(home, '.local', 'share', 'terraform', 'plugins'),
    join(home, 'Library', 'Application Support', 'io.terraform', 'plugins'),
    '/usr/local/share/terraform/plugins',
    '/usr/share/terraform/plugins',
    '/opt',
    ...opt.filter((entry) => entry.isDirectory()).map(({ name }) => join('/opt', name)),
  ].filter((directory) => directory !== '');
}

/**
 * The directory of an unpacked provider on this machine, or undefined.
 *
 * @param extra  further mirror directories, looked at first
 */
export async function findProvider(
  { source, version }: ProviderVersion,
  extra: readonly string[] = [],
  env: NodeJS.ProcessEnv = process.env,
): Promise<string | undefined> {
  for (const mirror of [...extra, ...(await mirrors(env))]) {
    for (const host of ['registry.terraform.io', 'registry.opentofu.org']) {
      const directory = join(mirror, host, source, version, terraformPlatform);
      if (await exists(directory)) return directory;
    }
  }
  return undefined;
}
