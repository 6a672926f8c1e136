import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { goTool, goTools } from '../parts/go.ts';
import { PartMissing, type Part, type Progress } from '../parts/part.ts';
import type { LabPaths } from '../paths.ts';
import { findProvider, terraformPlatform, type ProviderVersion } from './find.ts';
import { downloadedProviders, downloadProvider } from './registry.ts';

/** The providers of each stack, at the versions that its bindings were generated from. */
export const stackProviders: Readonly<Record<string, ProviderVersion>> = {
  host: { source: 'bpg/proxmox', version: '0.111.1' },
  'aws-trust': { source: 'hashicorp/aws', version: '5.100.0' },
  openbao: { source: 'hashicorp/vault', version: '5.6.0' },
  infisical: { source: 'infisical/infisical', version: '0.19.24' },
};

export interface MirroredProvider extends ProviderVersion {
  /** `mirror`: found on this machine; `registry`: downloaded; `built`: from source. */
  readonly from: 'mirror' | 'registry' | 'built' | 'stand-in';
}

/** Terraform and OpenTofu complete the same short address with different hosts. */
const hosts = ['registry.terraform.io', 'registry.opentofu.org'] as const;

/**
 * One filesystem mirror with exactly the providers of the stacks, and the Terraform CLI configuration
 * that uses it. Real providers where they can be had; for `vault` and `infisical` a stand-in where not.
 *
 * @throws PartMissing  a provider that has no stand-in can be had nowhere
 */
export async function prepareMirror(
  paths: LabPaths,
  terraform: Part,
  progress: Progress,
): Promise<readonly MirroredProvider[]> {
  await rm(paths.mirror, { recursive: true, force: true });
  const mirrored: MirroredProvider[] = [];
  for (const provider of Object.values(stackProviders)) {
    const place = (host: string) =>
      join(paths.mirror, host, provider.source, provider.version, terraformPlatform);
    const { directory, from } = await obtain(provider, place(hosts[0]), terraform, progress);
    for (const host of hosts) {
      // Terraform follows a link at the platform's directory, and at no other level.
      if (directory === place(host)) continue;
      await mkdir(dirname(place(host)), { recursive: true });
      const inside = directory.startsWith(paths.mirror);
      await symlink(inside ? relative(dirname(place(host)), directory) : directory, place(host));
    }
    mirrored.push({ ...provider, from });
  }
  await writeFile(paths.terraformConfig, cliConfiguration(paths.mirror), { mode: 0o600 });
  return mirrored;
}

async function obtain(
  provider: ProviderVersion,
  place: string,
  terraform: Part,
  progress: Progress,
): Promise<{ readonly directory: string; readonly from: MirroredProvider['from'] }> {
  const found = await findProvider(provider, [downloadedProviders()]);
  if (found !== undefined) return { directory: found, from: 'mirror' };
  if (await downloadProvider(terraform, provider)) {
    progress(`downloaded the provider ${provider.source} ${provider.version}`);
    const directory = await findProvider(provider, [downloadedProviders()]);
    if (directory !== undefined) return { directory, from: 'registry' };
  }
  switch (provider.source) {
    case 'bpg/proxmox': {
      const { path } = await goTool(goTools.proxmoxProvider, progress);
      return { directory: dirname(path), from: 'built' };
    }
    case 'hashicorp/vault':
      progress('no registry or mirror has hashicorp/vault 5.6.0: the lab uses its STAND-IN');
      await mkdir(place, { recursive: true });
      await (await import('../vault-provider/build.ts')).buildStandIn(place);
      return { directory: place, from: 'stand-in' };
    case 'infisical/infisical':
      progress('no registry or mirror has infisical/infisical 0.19.24: the lab uses its STAND-IN');
      await mkdir(place, { recursive: true });
      await (await import('../infisical-provider/build.ts')).buildStandIn(place);
      return { directory: place, from: 'stand-in' };
    default:
      throw new PartMissing(
        `the provider ${provider.source} ${provider.version} is in no plugin directory of this ` +
          'machine and no registry answers. Connect to the registry once, or unpack it below ' +
          '~/.terraform.d/plugins (Terraform CLI documentation, "Implied Local Mirror Directories").',
      );
  }
}

function cliConfiguration(mirror: string): string {
  const sources = Object.values(stackProviders).map(({ source }) => source);
  const addresses = JSON.stringify(
    hosts.flatMap((host) => sources.map((source) => `${host}/${source}`)),
  );
  return `disable_checkpoint = true

provider_installation {
  filesystem_mirror {
    path    = ${JSON.stringify(mirror)}
    include = ${addresses}
  }
  direct {
    exclude = ${addresses}
  }
}
`;
}
