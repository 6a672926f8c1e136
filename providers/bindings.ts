import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import {
  ConstructsMakerProviderTarget,
  Language,
  TerraformProviderConstraint,
  type ProviderSchema,
} from '@cdktf/commons';
// eslint-disable-next-line no-restricted-imports -- the generator, not a provider
import { CodeMaker, TerraformProviderGenerator } from '@cdktf/provider-generator';
import ts from 'typescript';

/*
 * A program of its own, run by generate.ts as `bindings.ts <source> <version> <schema> <output>`: on
 * import, cdktf's packages start Terraform and call home, which the environment of the child prevents.
 *
 * Emits bindings as ES modules with declarations beside them. cdktf's generator writes TypeScript that
 * does not fit this project's compiler settings; as `.js` and `.d.ts` it loads without a transform in
 * node, tsx and vitest, and tsc reads it like any library.
 */
const [source = '', version = '', schemaFile = '', output = ''] = process.argv.slice(2);
const scratch = await mkdtemp(join(dirname(output), '.source-'));
try {
  await emitSource(await readFile(schemaFile, 'utf8'), scratch);
  await compile(join(scratch, 'providers', basename(source)), output);
  await writeFile(join(output, 'package.json'), '{ "type": "module" }\n');
} finally {
  await rm(scratch, { recursive: true, force: true });
}

async function emitSource(schema: string, directory: string): Promise<void> {
  const generator = new TerraformProviderGenerator(
    new CodeMaker(),
    JSON.parse(schema) as ProviderSchema,
  );
  generator.generate(
    new ConstructsMakerProviderTarget(
      new TerraformProviderConstraint(`${source}@${version}`),
      Language.TYPESCRIPT,
    ),
  );
  await generator.save(directory);
}

async function compile(from: string, to: string): Promise<void> {
  const entries = await readdir(from, { withFileTypes: true });
  const program = ts.createProgram(
    entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(from, name, 'index.ts')),
    {
      rootDir: from,
      outDir: to,
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      declaration: true,
      // Generated code: its types are taken over, not checked again.
      noCheck: true,
      types: [],
    },
  );
  const { emitSkipped, diagnostics } = program.emit();
  if (emitSkipped || diagnostics.length > 0) {
    const texts = diagnostics.map(({ messageText }) =>
      ts.flattenDiagnosticMessageText(messageText, '\n'),
    );
    throw new Error(`the bindings do not compile: ${texts.join('\n')}`);
  }
}
