import { isSet } from './reading/arguments.ts';
import { found, type Rule } from './reading/rule.ts';

const types = [
  'aws_iam_role_policy_attachment',
  'aws_iam_policy_attachment',
  'aws_iam_role_policies_exclusive',
  'aws_iam_role_policy_attachments_exclusive',
];

export const rule: Rule = {
  id: 'aws-attached-policy',
  severity: 'error',
  title: 'A role has its own policy and nothing attached',
  explanation:
    'An attached policy is changed elsewhere, by AWS or by another program, and then the role may ' +
    'more than any review here has seen.',
  fix: 'Write what the role may into its aws_iam_role_policy.',
  check: (view) => [
    ...types
      .flatMap((type) => view.of(type))
      .map((located) => found(located, 'it attaches a policy')),
    ...view
      .of('aws_iam_role')
      .filter((located) => isSet(located, 'managed_policy_arns'))
      .map((located) => found(located, 'it attaches policies', 'managed_policy_arns')),
  ],
};
