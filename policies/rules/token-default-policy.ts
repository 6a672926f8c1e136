import { textsAt } from '../../src/review/reach/view.ts';
import { foundIn, isFlag } from './reading/arguments.ts';
import { logins } from './reading/logins.ts';
import { found, type Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'token-default-policy',
  severity: 'error',
  title: 'No token has the default policy',
  explanation:
    'The policy `default` is written by the server and by whoever edits it: cubbyhole, wrapping, ' +
    'identity, and whatever was added there by hand, for every token at once.',
  fix: 'token_no_default_policy = true, and `default` in no list of policies.',
  check: (view) =>
    logins(view).flatMap((located) => [
      ...(isFlag(located, 'token_no_default_policy', true)
        ? []
        : [foundIn(located, 'token_no_default_policy', 'its tokens have the default policy')]),
      ...(textsAt(located, 'token_policies')?.includes('default') === true
        ? [found(located, 'its tokens have the default policy', 'token_policies = default')]
        : []),
    ]),
};
