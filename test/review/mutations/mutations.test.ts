import { describe, expect, it } from 'vitest';
import { compareReach } from '../../../src/review/reach/compare.ts';
import { inOrder } from '../../../src/review/render/text.ts';
import { declarationMutations } from './declaration.ts';
import { synthesized } from './example.ts';
import { overrideMutations } from './overrides.ts';
import type { Mutation } from './patch.ts';
import { policyMutations } from './policies.ts';
import { handMutations } from './by-hand.ts';

const base = synthesized();

const tables: readonly (readonly [string, readonly Mutation[]])[] = [
  ['the declaration', declarationMutations],
  ['a policy', policyMutations],
  ['an override', overrideMutations],
  ['a resource written by hand', handMutations],
];

describe.each(tables)('a change of %s', (_, table) => {
  for (const [what, patch, expected, named = ''] of table) {
    it(what, () => {
      const changes = inOrder(compareReach(base, synthesized(patch, base)));
      const order = ['UNKNOWN', 'WIDENS', 'NARROWS'] as const;
      const found = order.filter((verdict) => changes.some((one) => one.verdict === verdict));
      const lines = changes.map(
        ({ verdict, subject, what: changed, before, after }) =>
          `${verdict} ${subject}: ${changed}: ${before} -> ${after}`,
      );
      expect(found.join(' ') || 'SAME', lines.join('\n')).toBe(expected);
      const naming = lines.filter(
        (line) => line.startsWith(found[0] ?? '') && line.includes(named),
      );
      expect(naming.length, `"${named}" in\n${lines.join('\n')}`).toBeGreaterThanOrEqual(
        expected === 'SAME' ? 0 : 1,
      );
    });
  }
});

it('are sixty at least', () => {
  expect(tables.flatMap(([, table]) => table).length).toBeGreaterThanOrEqual(60);
});
