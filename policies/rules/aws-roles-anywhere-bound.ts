import type { Condition } from '../../src/review/iam/condition.ts';
import { rolesAnywhere, trusts } from './reading/aws.ts';
import { found, type Rule } from './reading/rule.ts';

const bindings = [
  { key: 'aws:sourcearn', operators: ['ArnEquals', 'StringEquals'], of: 'one trust anchor' },
  {
    key: 'aws:principaltag/x509subject/cn',
    operators: ['StringEquals'],
    of: 'one certificate name',
  },
];

const isExact = ({ values }: Condition) =>
  values.length === 1 && values.every((value) => value !== '' && !/[*?]/.test(value));

export const rule: Rule = {
  id: 'aws-roles-anywhere-bound',
  severity: 'error',
  title: 'Roles Anywhere is bound to one CA and one certificate name',
  explanation:
    'Without aws:SourceArn any trust anchor of the account will do, without the subject CN any ' +
    'certificate of its CA: the broker role belongs to all of them.',
  fix: 'Condition ArnEquals aws:SourceArn and StringEquals aws:PrincipalTag/x509Subject/CN, one exact value each.',
  check: (view) =>
    trusts(view)
      .filter(({ principal }) => principal.type === 'Service' && principal.name === rolesAnywhere)
      .flatMap(({ located, statement }) =>
        bindings
          .filter(
            ({ key, operators }) =>
              !statement.conditions.some(
                (one) => one.key === key && operators.includes(one.operator) && isExact(one),
              ),
          )
          .map(({ key, of }) => found(located, `it is not bound to ${of}`, key)),
      ),
};
