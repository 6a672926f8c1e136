import { isObject } from '../../src/synthesized/resource.ts';
import { textsIn } from './reading/arguments.ts';
import { secretReferences } from './reading/secrets.ts';
import { foundAt, type Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'secret-in-locals',
  severity: 'error',
  title: 'No secret in locals',
  explanation:
    'From a local a secret gets into arguments and outputs under a name that tells nobody of it.',
  fix: 'Use the ephemeral value where it is needed, in a write-only argument.',
  check: ({ stacks }) =>
    stacks.flatMap((stack) => {
      const { locals } = stack.blocks;
      return Object.entries(isObject(locals) ? locals : {}).flatMap(([name, value]) => {
        const tells = /(password|passwd|secret|token|private_?key|api_?key)$/i.test(name);
        const references = textsIn(value).flatMap(({ text }) => secretReferences(text));
        const what = tells ? ['its name'] : references;
        return what.map((one) =>
          foundAt(stack, `locals.${name}`, `it holds a secret, by ${one}`, one),
        );
      });
    }),
};
