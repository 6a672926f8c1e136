import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'cdktf';
import type { Declared, Found, Rule } from '../../policies/rules/reading/rule.ts';
import { ruleView } from '../../policies/rules/reading/view.ts';
import { loadDeclaration } from '../../src/config/load.ts';
import { declaredOf } from '../../src/guardrails/declared.ts';
import { resolveBackbone } from '../../src/model/backbone.ts';
import type { StackName } from '../../src/model/names.ts';
import { parseStack } from '../../src/synthesized/parse.ts';
import type { Synthesized } from '../../src/synthesized/resource.ts';
import { declaredStacks } from '../../stacks/declared.ts';

export type Tree = Record<string, unknown>;
export type Output = Record<StackName, Tree>;

/** What a declaration becomes, as it would be written, and what it promises. */
export async function outputOf(
  file: string,
): Promise<{ readonly json: string; readonly declared: Declared }> {
  const { declaration, directory, caCertificate } = await loadDeclaration(file);
  const backbone = resolveBackbone(declaration, directory);
  const app = new App({
    outdir: mkdtempSync(join(tmpdir(), 'guardrails-')),
    context: { targetVersions: { terraform: '>=1.11' } },
  });
  const stacks = declaredStacks(backbone, { caCertificate }).map(({ make }) => make(app));
  const trees = stacks.map((stack) => [stack.node.id, stack.toTerraform() as Tree] as const);
  return { json: JSON.stringify(Object.fromEntries(trees)), declared: declaredOf(backbone) };
}

const example = await outputOf('backbone.yaml');
export const { declared } = example;

/** The output of the example, changed. */
export function synthesized(
  change: (output: Output) => void = () => undefined,
  { json } = example,
): Synthesized {
  const changed = JSON.parse(json) as Output;
  change(changed);
  return {
    stacks: Object.entries(changed).map(([name, json]) =>
      parseStack(name, JSON.stringify(json), name),
    ),
  };
}

export function check(rule: Rule, change?: (output: Output) => void): readonly Found[] {
  return rule.check(ruleView(synthesized(change), declared));
}

/** Sets what stands at a path such as `resource.vault_policy.operator.name`; lists count from 0. */
export function set(stack: StackName, path: string, value: unknown): (output: Output) => void {
  return (output) => {
    const keys = path.split('/');
    const last = keys.pop() ?? '';
    let here = output[stack];
    for (const key of keys) {
      here[key] ??= {};
      here = here[key] as Tree;
    }
    if (value === undefined) Reflect.deleteProperty(here, last);
    else here[last] = value;
  };
}
