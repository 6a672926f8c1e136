import { foundIn, numberAt } from './reading/arguments.ts';
import { approles } from './reading/logins.ts';
import type { Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'approle-secret-id-uses',
  severity: 'error',
  title: 'A SecretID can be used once',
  explanation:
    'Not set, or 0, is for ever: whoever copied it is never noticed. With one use, a thief makes the ' +
    'login of the consumer fail, and that is an alarm.',
  fix: 'secret_id_num_uses = 1.',
  check: (view) =>
    approles(view)
      .filter((located) => numberAt(located, 'secret_id_num_uses') !== 1)
      .map((located) =>
        foundIn(located, 'secret_id_num_uses', 'a SecretID is good for more than one login'),
      ),
};
