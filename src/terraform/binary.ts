import { access, constants, stat } from 'node:fs/promises';
import { basename, delimiter, isAbsolute, join } from 'node:path';
import { execa } from 'execa';
import { UserError } from '../user-error.ts';

/** Terraform or OpenTofu. */
export interface TerraformBinary {
  readonly name: string;
  readonly path: string;
  readonly version: string;
}

/** Lowest version with write-only attributes and ephemeral resources, in both. */
export const lowestTerraform = [1, 11] as const;

/** First executable of that name on PATH; a name with a directory is taken as it stands. */
export async function onPath(
  name: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string | undefined> {
  const places = (env['PATH'] ?? '').split(delimiter).filter((directory) => directory !== '');
  const candidates = isAbsolute(name) ? [name] : places.map((directory) => join(directory, name));
  for (const candidate of candidates) {
    try {
      await access(candidate, constants.X_OK);
      if ((await stat(candidate)).isFile()) return candidate;
    } catch {
      continue;
    }
  }
  return undefined;
}

/**
 * By TERRAFORM_BINARY_NAME (the variable that cdktf reads), else `terraform`, else `tofu`.
 *
 * @returns what was found, too old ones included; the caller decides
 */
export async function terraformCandidates(
  env: NodeJS.ProcessEnv = process.env,
): Promise<readonly TerraformBinary[]> {
  const wanted = env['TERRAFORM_BINARY_NAME'];
  const found: TerraformBinary[] = [];
  for (const name of wanted === undefined || wanted === '' ? ['terraform', 'tofu'] : [wanted]) {
    const path = await onPath(name, env);
    if (path === undefined) continue;
    const { stdout, exitCode } = await execa(path, ['version', '-json'], {
      reject: false,
      env: { CHECKPOINT_DISABLE: '1', TF_CLI_CONFIG_FILE: '/dev/null' },
    });
    const version = /"terraform_version":\s*"([^"]+)"/.exec(stdout)?.[1];
    if (exitCode === 0 && version !== undefined) found.push({ name, path, version });
  }
  return found;
}

/** The registry of sources that name none; the lock file of a program names its own. */
export function registryOf({ path }: TerraformBinary): string {
  return basename(path).includes('tofu') ? 'registry.opentofu.org' : 'registry.terraform.io';
}

export function isNewEnough({ version }: TerraformBinary): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return (
    major > lowestTerraform[0] || (major === lowestTerraform[0] && minor >= lowestTerraform[1])
  );
}

/** @throws UserError  none on PATH, or only old ones */
export async function findTerraform(
  env: NodeJS.ProcessEnv = process.env,
): Promise<TerraformBinary> {
  const candidates = await terraformCandidates(env);
  const good = candidates.find(isNewEnough);
  if (good !== undefined) return good;
  const old = candidates.map(({ path, version }) => `${path} is ${version}`).join(', ');
  throw new UserError(
    `Terraform or OpenTofu >= ${lowestTerraform.join('.')} is needed` +
      `${old === '' ? ' and none is on PATH' : `; ${old}`}. ` +
      'Install one, or name it by TERRAFORM_BINARY_NAME.',
  );
}
