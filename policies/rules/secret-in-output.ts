import { isObject } from '../../src/synthesized/resource.ts';
import { meansFlag, textsIn } from './reading/arguments.ts';
import { secretReferences } from './reading/secrets.ts';
import { foundAt, type Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'secret-in-output',
  severity: 'error',
  title: 'No secret in an output',
  explanation:
    'An output is stored in state in the clear; `sensitive` only hides it from the terminal.',
  fix: 'Hand the value over outside Terraform; give out an address or a path instead.',
  check: ({ stacks }) =>
    stacks.flatMap((stack) => {
      const { output } = stack.blocks;
      return Object.entries(isObject(output) ? output : {}).flatMap(([name, body]) => {
        const address = `output.${name}`;
        const marked = isObject(body) && meansFlag(body['sensitive'], true);
        const references = textsIn(body).flatMap(({ text }) => secretReferences(text));
        return [
          ...(marked
            ? [foundAt(stack, address, 'it says of itself that it is a secret', 'sensitive')]
            : []),
          ...references.map((one) => foundAt(stack, address, `it gives out ${one}`, one)),
        ];
      });
    }),
};
