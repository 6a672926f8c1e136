import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { App, TerraformStack } from 'cdktf';
import { declarationFile, loadDeclaration } from './config/load.ts';
import { declaredOf } from './guardrails/declared.ts';
import { enforce } from './guardrails/enforce.ts';
import { findingsText } from './guardrails/text.ts';
import { resolveBackbone } from './model/backbone.ts';
import { parseStack } from './synthesized/parse.ts';
import { readSynthesized } from './synthesized/read.ts';
import type { Synthesized } from './synthesized/resource.ts';
import { prepareWorkingDirectories } from './terraform/working-directories.ts';
import { UserError } from './user-error.ts';
import { declaredStacks } from '../stacks/declared.ts';

// cdktf takes a stack trace of each reference, and to map it to TypeScript would cost a tenth of the run.
process.setSourceMapsEnabled(false);
try {
  const { declaration, file, directory, caCertificate } = await loadDeclaration(
    declarationFile(process.env),
  );
  const backbone = resolveBackbone(declaration, directory);
  const app = new App({ context: { targetVersions: { terraform: '>=1.11', opentofu: '>=1.11' } } });
  for (const { make } of declaredStacks(backbone, { caCertificate })) make(app);

  // Before anything is written: whatever happens to this process, no refused stack lies there to be applied.
  const synthesized = inMemory(app);
  const warnings = await enforce(app.outdir, {
    synthesized,
    declared: declaredOf(backbone),
    acknowledgements: declaration.acknowledge,
    now: Date.now(),
  });
  if (warnings.length > 0) process.stderr.write(`${findingsText(warnings)}\n`);
  app.synth();
  await sameAsJudged(app.outdir, synthesized, backbone.stacks);
  await prepareWorkingDirectories(app.outdir, file, backbone.stacks);
} catch (error) {
  if (!(error instanceof UserError)) {
    process.setSourceMapsEnabled(true);
    throw error;
  }
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error.exitStatus;
}

/** Every stack as it will be written, by name. */
function inMemory(app: App): Synthesized {
  const stacks = app.node
    .findAll()
    .filter((node) => TerraformStack.isStack(node))
    .map((stack) => {
      stack.prepareStack();
      const text = JSON.stringify(stack.toTerraform());
      return parseStack(stack.node.id, text, stack.node.path);
    });
  return { stacks: stacks.sort((a, b) => (a.name < b.name ? -1 : 1)) };
}

/** An aspect or a synthesizer of its own would change a stack after it was judged; none does, and none may. */
async function sameAsJudged(
  output: string,
  judged: Synthesized,
  names: readonly string[],
): Promise<void> {
  const written = await readSynthesized(output);
  for (const name of names) {
    const [one, other] = [judged, written].map(({ stacks }) => {
      const stack = stacks.find((each) => each.name === name);
      // cdktf writes in the order of names.
      return (
        stack && {
          ...stack,
          resources: [...stack.resources].sort((a, b) => (a.address < b.address ? -1 : 1)),
        }
      );
    });
    if (isDeepStrictEqual(one, other)) continue;
    await rm(join(output, 'stacks', name, 'cdk.tf.json'), { force: true });
    throw new Error(`the stack ${name} was written otherwise than it was judged`);
  }
}
