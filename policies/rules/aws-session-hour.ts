import { foundIn, isSet, numberAt } from './reading/arguments.ts';
import type { Rule } from './reading/rule.ts';

const bounds = [
  ['aws_iam_role', 'max_session_duration'],
  ['aws_rolesanywhere_profile', 'duration_seconds'],
] as const;

export const rule: Rule = {
  id: 'aws-session-hour',
  severity: 'error',
  title: 'AWS itself ends every session within an hour',
  explanation:
    'The bound of OpenBao holds only for what goes through OpenBao. Without one at AWS, a broker ' +
    'session that was copied asks for twelve hours.',
  fix: 'Set max_session_duration and duration_seconds to 3600 (unset, AWS takes 3600 for both).',
  check: (view) =>
    bounds.flatMap(([type, attribute]) =>
      view
        .of(type)
        .filter((located) => isSet(located, attribute))
        .filter((located) => !((numberAt(located, attribute) ?? 0) <= 3600))
        .map((located) => foundIn(located, attribute, 'it may last longer than an hour')),
    ),
};
