import { foundIn, isFlag } from './reading/arguments.ts';
import { containers } from './reading/containers.ts';
import type { Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'container-started-walled',
  severity: 'error',
  title: 'A container is walled before it is started',
  explanation:
    'With `started`, which is the default, it runs before its firewall exists: open, and with the key of ' +
    'whoever made it.',
  fix: 'started = false; the program starts it when the wall stands.',
  check: (view) =>
    containers(view)
      .filter((located) => !isFlag(located, 'started', false))
      .map((located) => foundIn(located, 'started', 'it runs before its firewall exists')),
};
