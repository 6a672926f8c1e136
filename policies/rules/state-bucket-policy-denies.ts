import { allowances } from './reading/iam.ts';
import { found, type Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'state-bucket-policy-denies',
  severity: 'error',
  title: 'A bucket policy only denies',
  explanation:
    'What a bucket policy allows to the ARN of a session is not narrowed by the session policy (IAM, ' +
    '"Session policies"): it is a way round OpenBao.',
  fix: 'Remove the allowance; what a profile may stands in its role and its session policy.',
  check: (view) =>
    allowances(view, 'bucket').map(({ located, statement }) =>
      found(
        located,
        'it allows something',
        `allows ${statement.actions?.join(', ') ?? 'anything'}`,
      ),
    ),
};
