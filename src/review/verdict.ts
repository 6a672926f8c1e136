/**
 * What a change does to reach. UNKNOWN is whatever could not be evaluated; it counts as widening and is
 * never taken for safe.
 */
export type Verdict = 'WIDENS' | 'NARROWS' | 'SAME' | 'UNKNOWN';

/** From whether the reach after is within the reach before, and the other way round. */
export function verdictOf(afterWithinBefore: boolean, beforeWithinAfter: boolean): Verdict {
  if (!afterWithinBefore) return 'WIDENS';
  return beforeWithinAfter ? 'SAME' : 'NARROWS';
}

const severity: readonly Verdict[] = ['SAME', 'NARROWS', 'WIDENS', 'UNKNOWN'];

/** Of several verdicts the one that matters most to a reviewer. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  return verdicts.reduce<Verdict>(
    (one, other) => (severity.indexOf(other) > severity.indexOf(one) ? other : one),
    'SAME',
  );
}
