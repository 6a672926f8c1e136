import { blocksOf } from '../../src/synthesized/resource.ts';
import { asNumber } from './reading/arguments.ts';
import { loginMethods } from './reading/logins.ts';
import { found, type Rule } from './reading/rule.ts';

const day = 86_400;

export const rule: Rule = {
  id: 'login-method-bounds',
  severity: 'error',
  title: 'A login method bounds every token, and is not listed',
  explanation:
    'What a role forgets, the method holds; without its own bounds that is the default of the server, 768 ' +
    'hours. Listed to everybody, it tells an attacker where to try.',
  fix: 'tune { default_lease_ttl, max_lease_ttl } of a day at most, and no listing_visibility.',
  check: (view) =>
    loginMethods(view).flatMap((located) => {
      const tunes = blocksOf(located.resource.body['tune']);
      const open = ['default_lease_ttl', 'max_lease_ttl'].filter(
        (name) =>
          !tunes.some((tune) => {
            const ttl = asNumber(tune[name]);
            return ttl !== undefined && ttl > 0 && ttl <= day;
          }),
      );
      const listed = tunes.some(
        ({ listing_visibility: seen }) =>
          seen !== undefined && seen !== null && seen !== 'hidden' && seen !== '',
      );
      return [
        ...open.map((name) => found(located, `${name} is not bounded to a day`, name)),
        ...(listed ? [found(located, 'it is listed to everybody', 'listing_visibility')] : []),
      ];
    }),
};
