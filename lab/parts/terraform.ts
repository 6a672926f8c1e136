import { execa } from 'execa';
import { goTool, goTools } from './go.ts';
import { onPath } from './search-path.ts';
import type { Part, Progress } from './part.ts';

/** Lowest version with write-only attributes (1.11 in both; ephemeral resources since 1.10/1.11). */
const lowest = [1, 11] as const;

async function versionOf(path: string): Promise<string | undefined> {
  const { stdout, exitCode } = await execa(path, ['version', '-json'], {
    reject: false,
    env: { CHECKPOINT_DISABLE: '1', TF_CLI_CONFIG_FILE: '/dev/null' },
  });
  if (exitCode !== 0) return undefined;
  return /"terraform_version":\s*"([^"]+)"/.exec(stdout)?.[1];
}

/**
 * Terraform or OpenTofu, in this order: TERRAFORM_BINARY_NAME (cdktf's own variable), `terraform`,
 * `tofu`, else OpenTofu built with Go (about three minutes, once).
 */
export async function terraform(progress: Progress): Promise<Part> {
  const wanted = process.env['TERRAFORM_BINARY_NAME'];
  for (const name of wanted === undefined ? ['terraform', 'tofu'] : [wanted]) {
    const path = await onPath(name);
    if (path === undefined) continue;
    const version = await versionOf(path);
    if (version === undefined) continue;
    const [major = 0, minor = 0] = version.split('.').map(Number);
    if (major > lowest[0] || (major === lowest[0] && minor >= lowest[1])) {
      return { name, version, path, source: 'PATH' };
    }
    progress(`${path} is ${version}; at least ${lowest.join('.')} is needed, looking further`);
  }
  return goTool(goTools.opentofu, progress);
}
