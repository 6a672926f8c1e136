import { blocksOf, isObject } from '../../src/synthesized/resource.ts';
import { meansSomething } from './reading/arguments.ts';
import { foundAt, type Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'aws-account-bound',
  severity: 'error',
  title: 'The AWS provider works in the declared account alone',
  explanation:
    'With the credentials of another account in the shell, roles and buckets would be made there, and ' +
    'trusted by nobody who knows of them.',
  fix: 'Set allowed_account_ids.',
  check: ({ stacks }) =>
    stacks.flatMap((stack) => {
      const { provider } = stack.blocks;
      return blocksOf(isObject(provider) ? provider['aws'] : undefined)
        .filter((block) => !meansSomething(block['allowed_account_ids']))
        .map(() => foundAt(stack, 'provider.aws', 'it works in any account'));
    }),
};
