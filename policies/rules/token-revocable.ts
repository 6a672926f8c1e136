import { isSet, foundIn } from './reading/arguments.ts';
import { textAt } from '../../src/review/reach/view.ts';
import { logins } from './reading/logins.ts';
import type { Rule } from './reading/rule.ts';

const service = ['service', 'default', 'default-service'];

export const rule: Rule = {
  id: 'token-revocable',
  severity: 'error',
  title: 'Every token can be revoked',
  explanation:
    'A batch token has no accessor and cannot be revoked: an incident has to wait until it ends.',
  fix: 'token_type = "service".',
  check: (view) =>
    logins(view)
      .filter((located) => isSet(located, 'token_type'))
      .filter((located) => !service.includes(textAt(located, 'token_type') ?? 'unknown'))
      .map((located) => foundIn(located, 'token_type', 'its tokens cannot be revoked')),
};
