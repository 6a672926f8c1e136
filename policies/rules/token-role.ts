import { textsAt } from '../../src/review/reach/view.ts';
import { foundIn, isFlag, isSet } from './reading/arguments.ts';
import type { Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'token-role',
  severity: 'error',
  title: 'A token role gives the policies of consumers, by name',
  explanation:
    'Without allowed_policies, or with a glob, whoever may use the role makes a token of any policy but root.',
  fix: 'List each consumer-<name>; no globs; orphan and renewable false.',
  check: (view) =>
    view.of('vault_token_auth_backend_role').flatMap((located) => {
      const policies = textsAt(located, 'allowed_policies') ?? [];
      const named =
        policies.length > 0 && policies.every((name) => /^consumer-[a-z0-9-]+$/.test(name));
      return [
        ...(named
          ? []
          : [foundIn(located, 'allowed_policies', 'it gives more than consumers have')]),
        ...(isSet(located, 'allowed_policies_glob')
          ? [foundIn(located, 'allowed_policies_glob', 'it gives what is made later')]
          : []),
        ...['orphan', 'renewable']
          .filter((attribute) => !isFlag(located, attribute, false))
          .map((attribute) => foundIn(located, attribute, 'its tokens outlive who asked for them')),
      ];
    }),
};
