import { unreadableDocuments } from './reading/iam.ts';
import type { Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'aws-policy-unreadable',
  severity: 'error',
  title: 'Every IAM document can be evaluated',
  explanation:
    'The other rules and the review say nothing of a document that they cannot read, so it could ' +
    'allow anything.',
  fix: 'Write it out as JSON of version 2012-10-17, with references to resources of the same stack alone.',
  check: (view) =>
    unreadableDocuments(view).map((one) => ({
      ...one,
      problem: `it could not be evaluated: ${one.problem}`,
    })),
};
