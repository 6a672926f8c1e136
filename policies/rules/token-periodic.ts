import { foundIn, isSet, numberAt } from './reading/arguments.ts';
import { logins } from './reading/logins.ts';
import type { Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'token-periodic',
  severity: 'error',
  title: 'No token renews itself for ever',
  explanation: 'A periodic token has no maximum: whoever copied it renews it for years.',
  fix: 'Leave token_period out.',
  check: (view) =>
    logins(view)
      .filter(
        (located) => isSet(located, 'token_period') && numberAt(located, 'token_period') !== 0,
      )
      .map((located) => foundIn(located, 'token_period', 'its tokens have no maximum life')),
};
