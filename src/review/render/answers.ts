import type { Answer, Answers } from '../reach/explain.ts';

/** Why somebody may reach something, for a person. */
export function answersAsText({ allowed, denied, unknown }: Answers): string {
  const lines = [
    ...allowed.flatMap((one) => answer('may', one)),
    ...denied.flatMap((one) => answer('is denied', one)),
    ...unknown.map((one) => `UNKNOWN ${one.subject}: ${one.unknown ?? ''}`),
  ];
  return lines.length === 0 ? 'nobody may' : lines.join('\n');
}

function answer(word: string, { subject, actions, grant }: Answer): readonly string[] {
  const { ttl, maxTtl, uses, cidrs, conditions, chain } = grant;
  const limits = [
    ttl === undefined ? '' : `for ${String(ttl)} s`,
    maxTtl === undefined ? '' : `${String(maxTtl)} s at most`,
    uses === undefined
      ? ''
      : uses === 0
        ? 'without end of uses'
        : uses === 1
          ? '1 use'
          : `${String(uses)} uses`,
    cidrs === undefined ? '' : cidrs.length === 0 ? 'from anywhere' : `from ${cidrs.join(', ')}`,
    ...conditions,
  ].filter((one) => one !== '');
  return [
    `${subject} ${word} ${actions.join(', ')} ${grant.resource}`.replace(/ {2,}/g, ' '),
    ...(limits.length === 0 ? [] : [`  ${limits.join('; ')}`]),
    `  through ${chain.join(' -> ')}`,
  ];
}

/** The same for a machine; what decided inside is not a part of it. */
export function answersAsJson({ allowed, denied, unknown }: Answers): object {
  const shown = ({ subject, consumer, actions, grant }: Answer) => {
    const { resource, ttl, maxTtl, uses, cidrs, conditions, chain, rung } = grant;
    const limits = { ttl, maxTtl, uses, cidrs, conditions, chain, rung };
    return { subject, consumer, actions, resource, ...limits };
  };
  return {
    version: 1,
    allowed: allowed.map(shown),
    denied: denied.map(shown),
    unknown: unknown.map(({ subject, unknown: why, chain }) => ({ subject, why, chain })),
  };
}
