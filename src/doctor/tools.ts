import { execa } from 'execa';
import { findTerraform, onPath } from '../terraform/binary.ts';
import { UserError } from '../user-error.ts';
import type { Finding } from './check.ts';

/** Programs on this machine: the ones that are needed, and the ones that only some commands use. */
export async function checkTools(): Promise<readonly Finding[]> {
  return [nodeVersion(), await terraform(), await optional('sops', 'encrypted declarations')];
}

function nodeVersion(): Finding {
  const [major = 0] = process.versions.node.split('.').map(Number);
  const found = process.versions.node;
  return major >= 20
    ? { check: 'Node', verdict: 'ok', found }
    : { check: 'Node', verdict: 'failed', found, advice: 'install Node 20 or newer' };
}

async function terraform(): Promise<Finding> {
  try {
    const { version, path } = await findTerraform();
    return { check: 'Terraform', verdict: 'ok', found: `${version} (${path})` };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { check: 'Terraform', verdict: 'failed', found: 'none', advice: error.message };
  }
}

async function optional(name: string, use: string): Promise<Finding> {
  const path = await onPath(name);
  if (path === undefined) {
    return { check: name, verdict: 'skipped', found: `not on PATH; only for ${use}` };
  }
  const { stdout } = await execa(path, ['--version'], { reject: false });
  return { check: name, verdict: 'ok', found: stdout.split('\n')[0] ?? path };
}
