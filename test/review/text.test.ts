import { expect, it } from 'vitest';
import type { Change } from '../../src/review/reach/change.ts';
import { asText, exitCodeOf, inOrder } from '../../src/review/render/text.ts';

const change = (verdict: Change['verdict'], subject = 'approle unpoller'): Change => ({
  ...{ verdict, subject, what: 'secret_id_num_uses', before: '1', after: '2' },
  chain: ['openbao: vault_approle_auth_backend_role.unpoller'],
});

it.each([
  [[], 0],
  [[change('NARROWS')], 2],
  [[change('NARROWS'), change('WIDENS')], 3],
  [[change('UNKNOWN')], 3],
])('the exit code of %j', (changes, expected) => {
  expect(exitCodeOf(changes)).toBe(expected);
});

it('puts what widens first, in the same order whatever the input', () => {
  const changes = [
    change('NARROWS'),
    change('UNKNOWN'),
    change('WIDENS', 'b'),
    change('WIDENS', 'a'),
  ];
  const order = inOrder(changes).map(({ verdict, subject }) => `${verdict} ${subject}`);
  expect(order).toEqual([
    'WIDENS a',
    'WIDENS b',
    'UNKNOWN approle unpoller',
    'NARROWS approle unpoller',
  ]);
  expect(asText([...changes].reverse())).toBe(asText(changes));
});
