import { isSet } from './reading/arguments.ts';
import { found, type Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'aws-session-policy',
  severity: 'error',
  title: 'Every session is narrowed by a session policy',
  explanation:
    'The role in AWS and the session policy in OpenBao each allow one state: a mistake in one of them ' +
    'does not open another. Policies by ARN are changed elsewhere.',
  fix: 'Set policy_document, and neither policy_arns nor iam_groups.',
  check: (view) =>
    view
      .of('vault_aws_secret_backend_role')
      .flatMap((located) => [
        ...(isSet(located, 'policy_document') ? [] : [found(located, 'it has no session policy')]),
        ...['policy_arns', 'iam_groups']
          .filter((attribute) => isSet(located, attribute))
          .map((attribute) => found(located, `it takes policies from ${attribute}`, attribute)),
      ]),
};
