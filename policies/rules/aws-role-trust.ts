import { brokers, roleOfArn, rolesAnywhere, trusts } from './reading/aws.ts';
import { found, type Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'aws-role-trust',
  severity: 'error',
  title: 'A role trusts the broker and nobody else',
  explanation:
    'Whoever else may assume a role of a profile gets round OpenBao: no lease, no session policy, no ' +
    'audit log. `arn:...:root` is everybody in the account who may call STS.',
  fix: 'Trust the exact ARN of the broker role; the broker itself trusts IAM Roles Anywhere.',
  check: (view) => {
    const known = brokers(view);
    return trusts(view).flatMap(({ located, role, principal }) => {
      const { type, name } = principal;
      if (type === 'Service' && name === rolesAnywhere) return [];
      const trusted = type === 'AWS' ? roleOfArn(name) : undefined;
      // Who the broker itself trusts without Roles Anywhere is told by aws-static-broker-key.
      if (trusted !== undefined && (known.has(trusted) || known.has(role))) return [];
      return [
        found(located, `it trusts ${type} ${name}, which is not the broker`, `${type} ${name}`),
      ];
    });
  },
};
