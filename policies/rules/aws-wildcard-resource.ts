import { allowances } from './reading/iam.ts';
import { found, type Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'aws-wildcard-resource',
  severity: 'error',
  title: 'An allowance names its resources',
  explanation:
    'A wildcard in a resource reaches other states, tables and roles, those of tomorrow included.',
  fix: 'Write the exact ARN: one bucket, one key, one table.',
  check: (view) =>
    allowances(view, 'identity', 'session').flatMap(({ located, statement }) => {
      const wide = statement.resources?.filter((resource) => /[*?]/.test(resource)) ?? [
        `all but ${statement.notResources?.join(', ') ?? 'nothing'}`,
      ];
      return wide.map((resource) => found(located, `it allows something on ${resource}`, resource));
    }),
};
