import { isSet } from './reading/arguments.ts';
import { brokers, trusts } from './reading/aws.ts';
import { found, type Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'aws-static-broker-key',
  severity: 'error',
  title: 'OpenBao has no static AWS key',
  explanation:
    'A broker key (`aws.identity.kind: broker-key`) lies on the OpenBao host for months and works from ' +
    'everywhere; whoever copies it has every profile until somebody notices.',
  fix: 'Use IAM Roles Anywhere (`kind: roles-anywhere`); where that cannot be had, acknowledge this with an end.',
  check: (view) => {
    const known = brokers(view);
    return [
      ...trusts(view)
        .filter(({ role, principal }) => known.has(role) && principal.type === 'AWS')
        .map(({ located, principal }) =>
          found(located, `the broker is reached by a key of ${principal.name}`, principal.name),
        ),
      ...view
        .of('vault_aws_secret_backend')
        .filter((located) => isSet(located, 'access_key') || isSet(located, 'secret_key'))
        .map((located) => found(located, 'the engine is given a static key', 'access_key')),
    ];
  },
};
