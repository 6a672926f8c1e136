import type { Change } from '../reach/change.ts';
import { worst } from '../verdict.ts';
import { redacted } from './redact.ts';

/** 0 nothing; 2 changes without widening; 3 something widens, or could not be evaluated. */
export function exitCodeOf(changes: readonly Change[]): 0 | 2 | 3 {
  if (changes.length === 0) return 0;
  return worst(changes.map(({ verdict }) => verdict)) === 'NARROWS' ? 2 : 3;
}

/** Widening and unknown first, then by subject: the same changes give the same text. */
export function inOrder(changes: readonly Change[]): readonly Change[] {
  const rank = { WIDENS: '0', UNKNOWN: '1', NARROWS: '2' } as const;
  const key = ({ verdict, subject, what, chain }: Change) =>
    JSON.stringify([rank[verdict], subject, what, chain]);
  return [...changes].sort((one, other) => (key(one) < key(other) ? -1 : 1));
}

/** In their order, without what looks like a secret: what every view is made from. */
export function presentable(changes: readonly Change[]): readonly Change[] {
  return inOrder(changes).map((one) => ({
    ...one,
    subject: redacted(one.subject),
    what: redacted(one.what),
    before: redacted(one.before, one.what),
    after: redacted(one.after, one.what),
  }));
}

/** `2 widen, 1 cannot be evaluated, 3 narrow`. */
export function countsOf(changes: readonly Change[]): string {
  const words = { WIDENS: 'widen', UNKNOWN: 'cannot be evaluated', NARROWS: 'narrow' } as const;
  return (['WIDENS', 'UNKNOWN', 'NARROWS'] as const)
    .map((verdict) => [changes.filter((one) => one.verdict === verdict).length, verdict] as const)
    .filter(([count]) => count > 0)
    .map(([count, verdict]) => `${String(count)} ${words[verdict]}`)
    .join(', ');
}
