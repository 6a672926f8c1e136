import { isNewEnough, lowestTerraform, terraformCandidates } from '../../src/terraform/binary.ts';
import { goTool, goTools } from './go.ts';
import type { Part, Progress } from './part.ts';

/**
 * Terraform or OpenTofu as `backbone` itself would choose it, else OpenTofu built with Go (about three
 * minutes, once).
 */
export async function terraform(progress: Progress): Promise<Part> {
  for (const candidate of await terraformCandidates()) {
    if (isNewEnough(candidate)) return { ...candidate, source: 'PATH' };
    const { path, version } = candidate;
    progress(`${path} is ${version}; at least ${lowestTerraform.join('.')} is needed`);
  }
  return goTool(goTools.opentofu, progress);
}
