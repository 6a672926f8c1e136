import { foundAt, type Rule } from './reading/rule.ts';

const known = [
  '//',
  'terraform',
  'provider',
  'output',
  'locals',
  'variable',
  'moved',
  'removed',
  'import',
];

export const rule: Rule = {
  id: 'unknown-block',
  severity: 'error',
  title: 'Nothing hides from the rules',
  explanation:
    'What a module makes, and what a check reads, is not in the output that rules and review see.',
  fix: 'Write the resources of the module out, as constructs.',
  check: ({ stacks }) =>
    stacks.flatMap((stack) =>
      Object.keys(stack.blocks)
        .filter((block) => !known.includes(block))
        .map((block) => foundAt(stack, block, 'it could not be evaluated: this block is not read')),
    ),
};
