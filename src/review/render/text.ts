import { worst } from '../verdict.ts';
import type { Change } from '../reach/change.ts';

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

export function asText(changes: readonly Change[]): string {
  if (changes.length === 0) return 'nothing changes in who may reach what';
  return inOrder(changes)
    .map(({ verdict, subject, what, before, after, chain }) =>
      [
        `${verdict} ${subject}: ${what}`,
        `  ${before} -> ${after}`,
        `  through ${chain.join(' -> ')}`,
      ].join('\n'),
    )
    .join('\n');
}
