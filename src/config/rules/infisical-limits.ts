import type { Finding, Path } from '../refusal.ts';
import type { Rule } from './rule.ts';
import { enabledInfisical } from './infisical-places.ts';
import { bounded, ordered } from './lifetimes.ts';

const minute = 60;
const hour = 3600;
const day = 86_400;

/** Infisical's own defaults are 30 days and no limit of uses. */
export const infisicalLimits: Rule = (facts) => {
  const infisical = enabledInfisical(facts);
  if (infisical === undefined) return [];
  const { identities, githubActions } = infisical;
  return [
    ...Object.entries(identities).flatMap(([name, { accessToken, clientSecret }]) => {
      const path = ['infisical', 'identities', name];
      return [
        ...ofToken(accessToken, [...path, 'accessToken']),
        ...bounded([...path, 'clientSecret', 'ttl'], clientSecret.ttl, {
          min: minute,
          max: 90 * day,
          why: 'a client secret is replaced at least once a quarter',
        }),
      ];
    }),
    ...Object.entries(githubActions).flatMap(([name, { accessToken }]) =>
      ofToken(accessToken, ['infisical', 'githubActions', name, 'accessToken']),
    ),
  ];
};

function ofToken(
  { ttl, maxTtl }: { readonly ttl: number; readonly maxTtl: number },
  path: Path,
): readonly Finding[] {
  const why = 'an access token lives for a minute to an hour; a workload logs in again';
  return [
    ...ordered(path, ['ttl', ttl], ['maxTtl', maxTtl]),
    ...bounded([...path, 'ttl'], ttl, { min: minute, max: hour, why }),
    ...bounded([...path, 'maxTtl'], maxTtl, { min: minute, max: hour, why }),
  ];
}
