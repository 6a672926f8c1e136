import { unreadableAcls } from './reading/acl.ts';
import type { Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'acl-unreadable',
  severity: 'error',
  title: 'Every ACL policy can be evaluated',
  explanation:
    'The other rules and the review say nothing of a policy that they cannot read, so it could allow ' +
    'anything. A template (`{{identity...}}`) depends on who asks.',
  fix: 'Write the policy out: exact paths, known capabilities, no interpolation and no template.',
  check: (view) =>
    unreadableAcls(view).map((one) => ({
      ...one,
      problem: `it could not be evaluated: ${one.problem}`,
    })),
};
