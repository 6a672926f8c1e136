import { textAt } from '../../src/review/reach/view.ts';
import { foundIn, numberAt } from './reading/arguments.ts';
import { found, type Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'aws-session-declared',
  severity: 'error',
  title: 'A session lives no longer than declared',
  explanation:
    'A session cannot be taken back: until it ends, whoever copied it has it. `maxTtl` of the profile ' +
    'is what was agreed.',
  fix: 'Set max_sts_ttl and default_sts_ttl within the `maxTtl` of the profile, or declare the profile.',
  check: (view) =>
    view.of('vault_aws_secret_backend_role').flatMap((located) => {
      const name = textAt(located, 'name');
      const most = name === undefined ? undefined : view.declared.sessions[name];
      if (most === undefined) return [found(located, 'no profile declares this engine role')];
      return ['default_sts_ttl', 'max_sts_ttl'].flatMap((attribute) => {
        const ttl = numberAt(located, attribute);
        return ttl !== undefined && ttl > 0 && ttl <= most
          ? []
          : [foundIn(located, attribute, `${String(most)} s are declared`)];
      });
    }),
};
