import { App, Testing } from 'cdktf';
import { fileURLToPath } from 'node:url';
import { loadDeclaration } from '../../src/config/load.ts';
import { resolveBackbone } from '../../src/model/backbone.ts';
import { parseStack } from '../../src/synthesized/parse.ts';
import type { Synthesized } from '../../src/synthesized/resource.ts';
import { declaredStacks } from '../../stacks/declared.ts';

type Change = (text: string) => string;

const same: Change = (text) => text;

const texts = await synthesizeExample();

/** The example `backbone.yaml`, synthesized in this process; each stack changed as its text is. */
export function example(changes: Readonly<Record<string, Change>> = {}): Synthesized {
  return {
    stacks: texts.map(([name, text]) => parseStack(name, (changes[name] ?? same)(text), name)),
  };
}

/** Replaces a text that must be there. */
export function replacing(from: string, to: string): Change {
  return (text) => {
    if (!text.includes(from)) throw new Error(`not in what was synthesized: ${from}`);
    return text.replace(from, to);
  };
}

async function synthesizeExample(): Promise<readonly (readonly [string, string])[]> {
  const file = fileURLToPath(new URL('../../backbone.yaml', import.meta.url));
  const { declaration, directory, caCertificate } = await loadDeclaration(file);
  const backbone = resolveBackbone(declaration, directory);
  const targetVersions = { terraform: '>=1.11', opentofu: '>=1.11' };
  return declaredStacks(backbone, { caCertificate })
    .map(
      ({ name, make }) =>
        [name, Testing.synth(make(new App({ context: { targetVersions } })))] as const,
    )
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
