import { createHash } from 'node:crypto';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { arch, platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { cached } from './cache.ts';
import { lastLines, PartMissing, type Part, type Progress } from './part.ts';
import { cCompiler, goCommand } from './toolchain.ts';

interface GoTool {
  readonly name: string;
  readonly version: string;
  readonly package: string;
  /** aws_signing_helper reads PKCS#11 and TPM keys through C; the others are plain Go. */
  readonly cgo: boolean;
  readonly output: string;
  /** What the project's own release sets at link time. */
  readonly linkerFlags?: string;
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
    // Without it the program calls itself a development build and lets experiments in.
    linkerFlags: '-X github.com/opentofu/opentofu/version.dev=no',
  },
} as const satisfies Record<string, GoTool>;

const sourceOf = (tool: GoTool) => fileURLToPath(new URL(`./go/${tool.name}`, import.meta.url));

/** The `go` line of the tool's module: the lowest Go that builds it. */
async function lowestGo(tool: GoTool): Promise<string> {
  const module = await readFile(join(sourceOf(tool), 'go.mod'), 'utf8');
  return /^go (\S+)$/m.exec(module)?.[1] ?? '1.26';
}

/** Eight digits that stand for what is built: go.sum changes with any dependency. */
async function pinned(tool: GoTool): Promise<string> {
  const sums = await readFile(join(sourceOf(tool), 'go.sum'));
  const flags = tool.linkerFlags ?? '';
  return createHash('sha256').update(sums).update(flags).digest('hex').slice(0, 8);
}

/**
 * Builds one pinned Go program into the cache, once per version and platform.
 *
 * @throws PartMissing  no Go, no C compiler where one is needed, or the build failed (last lines shown)
 */
export async function goTool(tool: GoTool, progress: Progress): Promise<Part> {
  const { directory, built } = await cached(
    `${tool.name}/${tool.version}-${platform()}-${arch()}-${await pinned(tool)}`,
    (output) => build(tool, output, progress),
    tool.output,
  );
  return {
    name: tool.name,
    version: tool.version,
    path: join(directory, tool.output),
    source: built ? 'built' : 'cache',
  };
}

async function build(tool: GoTool, output: string, progress: Progress): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), `${tool.name}-`));
  try {
    const go = await goCommand(await lowestGo(tool), progress);
    const compiler = tool.cgo ? await cCompiler(join(scratch, 'zig'), progress) : {};
    progress(`building ${tool.name} ${tool.version}`);
    // A copy, so that a build never writes into the checkout.
    const source = join(scratch, 'source');
    await cp(sourceOf(tool), source, { recursive: true });
    await execa(
      go,
      [
        ...['build', '-mod=readonly', '-trimpath', `-ldflags=-s -w ${tool.linkerFlags ?? ''}`],
        ...['-o', join(output, tool.output), tool.package],
      ],
      {
        cwd: source,
        env: {
          CGO_ENABLED: tool.cgo ? '1' : '0',
          GOFLAGS: '',
          GOWORK: 'off',
          GOTOOLCHAIN: 'local',
          ...compiler,
        },
        all: true,
      },
    );
  } catch (error) {
    if (error instanceof PartMissing) throw error;
    throw new PartMissing(
      `could not build ${tool.name} ${tool.version}:\n${lastLines(error)}\n` +
        'Its source comes from the Go module proxy, which must be reachable once (GOPROXY).',
    );
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
