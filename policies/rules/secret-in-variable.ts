import { isObject, type Json } from '../../src/synthesized/resource.ts';
import { meansFlag } from './reading/arguments.ts';
import { foundAt, type Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'secret-in-variable',
  severity: 'error',
  title: 'No secret in a variable',
  explanation:
    'The value of a variable stands in the plan file, and where it is used in state; it comes from a ' +
    'file or a command line, where others read it.',
  fix: 'Take it from OpenBao where it is needed; a variable that must be is `ephemeral`, without a default.',
  check: ({ stacks }) =>
    stacks.flatMap((stack) => {
      const { variable } = stack.blocks;
      return Object.entries(isObject(variable) ? variable : {})
        .filter(([name, body]) => holdsSecret(name, body))
        .map(([name]) =>
          foundAt(stack, `variable.${name}`, 'it takes a secret and is not ephemeral'),
        );
    }),
};

function holdsSecret(name: string, body: Json): boolean {
  const block = isObject(body) ? body : {};
  const secret =
    meansFlag(block['sensitive'], true) ||
    /(password|passwd|secret|token|private_?key|access_?key|api_?key)/i.test(name);
  return secret && (!meansFlag(block['ephemeral'], true) || block['default'] !== undefined);
}
