import { allowances } from './reading/iam.ts';
import { found, type Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'aws-wildcard-action',
  severity: 'error',
  title: 'An allowance names its actions',
  explanation:
    '`s3:*`, `Get*` and NotAction also allow what AWS adds later, and what nobody meant to give.',
  fix: 'List the actions; policies/aws/terraform-state.ts has those of a Terraform state.',
  check: (view) =>
    allowances(view, 'identity', 'session', 'trust', 'bucket').flatMap(({ located, statement }) => {
      const wide = statement.actions?.filter((action) => /[*?]/.test(action)) ?? [
        `all but ${statement.notActions?.join(', ') ?? ''}`,
      ];
      return wide.map((action) => found(located, `it allows ${action}`, action));
    }),
};
