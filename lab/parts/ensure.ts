import { goTool, goTools } from './go.ts';
import { openbao, pythonEnvironment } from './python.ts';
import { terraform } from './terraform.ts';
import type { Part, Progress } from './part.ts';

/** Everything the lab runs, as absolute paths. */
export interface Parts {
  readonly openbao: Part;
  readonly terraform: Part;
  readonly awsSecretsEngine: Part;
  readonly awsSigningHelper: Part;
  /** Directory of the Python environment; see {@link pythonScript}. */
  readonly python: string;
}

/**
 * Finds or makes every part; a second call on the same machine takes milliseconds.
 *
 * Python packages install beside the Go builds (network and processor, respectively); the Go builds run
 * one after the other, as each already uses every core.
 */
export async function ensure(progress: Progress): Promise<Parts> {
  const python = pythonEnvironment(progress);
  const built = (async () => {
    const helper = await goTool(goTools.awsSigningHelper, progress);
    const engine = await goTool(goTools.awsSecretsEngine, progress);
    return { helper, engine, terraform: await terraform(progress) };
  })();
  const [environment, tools] = await Promise.all([python, built]);
  return {
    openbao: await openbao(progress),
    terraform: tools.terraform,
    awsSecretsEngine: tools.engine,
    awsSigningHelper: tools.helper,
    python: environment,
  };
}
