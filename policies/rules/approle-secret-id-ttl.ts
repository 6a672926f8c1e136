import { foundIn, numberAt } from './reading/arguments.ts';
import { approles } from './reading/logins.ts';
import type { Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'approle-secret-id-ttl',
  severity: 'error',
  title: 'A SecretID lives an hour at most',
  explanation:
    'Not set, or 0, is for ever: one that was forgotten in a file is found years later, and works.',
  fix: 'Set secret_id_ttl to the minutes that a start takes.',
  check: (view) =>
    approles(view)
      .filter((located) => {
        const ttl = numberAt(located, 'secret_id_ttl');
        return !(ttl !== undefined && ttl > 0 && ttl <= 3600);
      })
      .map((located) => foundIn(located, 'secret_id_ttl', 'a SecretID lives longer than an hour')),
};
