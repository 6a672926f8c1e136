import { readFileSync } from 'node:fs';
import { App, TerraformResource, Testing, type TerraformStack } from 'cdktf';
import { type Document, parseDocument } from 'yaml';
import { declaration } from '../../../src/config/declaration.ts';
import { resolveBackbone } from '../../../src/model/backbone.ts';
import type { StackName } from '../../../src/model/names.ts';
import { parseStack } from '../../../src/synthesized/parse.ts';
import type { Synthesized } from '../../../src/synthesized/resource.ts';
import { declaredStacks } from '../../../stacks/declared.ts';

const path = (relative: string) => new URL(`../../../${relative}`, import.meta.url);
const text = readFileSync(path('backbone.yaml'), 'utf8');
const caCertificate = readFileSync(path('pki/roles-anywhere-ca.pem'), 'utf8');

/** A change of the example, as a person or an attacker would make it in a pull request. */
export interface Patch {
  /** Of the declaration. */
  readonly declare?: (document: Document) => void;
  /** Of the program: what stands in the stacks once they are composed. */
  readonly compose?: (stack: (name: StackName) => TerraformStack) => void;
}

/**
 * The stacks of the example, as `src/main.ts` composes them, with a patch.
 *
 * @param base  where the declaration stays, the stacks that the patch does not touch are taken from here
 */
export function synthesized({ declare, compose }: Patch = {}, base?: Synthesized): Synthesized {
  const document = parseDocument(text);
  declare?.(document);
  const backbone = resolveBackbone(declaration.parse(document.toJS()));
  const app = new App({ context: { targetVersions: { terraform: '>=1.11' } } });
  const made = new Map<StackName, TerraformStack>();
  const declared = declaredStacks(backbone, { caCertificate });
  const stack = (name: StackName): TerraformStack => {
    const found = made.get(name) ?? declared.find((one) => one.name === name)?.make(app);
    if (found === undefined) throw new Error(`the stack ${name} is not declared`);
    made.set(name, found);
    return found;
  };
  compose?.(stack);
  return {
    stacks: declared.map(({ name }) => {
      const same = made.has(name) || declare !== undefined ? undefined : base;
      return (
        same?.stacks.find((one) => one.name === name) ??
        parseStack(name, Testing.synth(stack(name)), name)
      );
    }),
  };
}

/** Resources of a stack by type, and by name where one is meant. */
export function resourcesIn(
  stack: TerraformStack,
  type: string,
  name?: string,
): readonly TerraformResource[] {
  const found = stack.node
    .findAll()
    .filter((one) => one instanceof TerraformResource)
    .filter((one) => one.terraformResourceType === type)
    .filter((one) => name === undefined || one.friendlyUniqueId === name);
  if (found.length === 0) throw new Error(`there is no ${type}.${name ?? '*'} in ${stack.node.id}`);
  return found;
}
