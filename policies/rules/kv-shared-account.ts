import { kvMetadata, kvReaders } from './reading/kv.ts';
import { found, type Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'kv-shared-account',
  severity: 'warning',
  title: 'A static secret belongs to one consumer',
  explanation:
    'Two consumers with the same account cannot be told apart in the log of the server that they log in ' +
    'to, and when one has to be shut out, so is the other.',
  fix: 'Make an account, and a secret, for each of them.',
  check: (view) =>
    kvMetadata(view).flatMap(({ located, path }) => {
      const readers = [
        ...new Set(
          kvReaders(view).flatMap(({ secret, policy }) => (secret === path ? [policy] : [])),
        ),
      ].sort();
      return readers.length < 2
        ? []
        : [found(located, `${path} is read by ${readers.join(', ')}`, readers.join(', '))];
    }),
};
