import { table } from '../output/terminal.ts';
import { kinds, outcomeOf, type Outcome, type Tried } from './case.ts';
import type { Remain } from './remains.ts';
import type { Verified } from './verify.ts';

/** What matters most to a reader comes first. */
const order: readonly Outcome[] = ['open', 'shut', 'could not', 'not tried', 'as expected'];

const words: Readonly<Record<Outcome, string>> = {
  open: 'OPEN',
  shut: 'SHUT',
  'could not': 'could not',
  'not tried': 'not tried',
  'as expected': 'ok',
};

export function inOrder(tried: readonly Tried[]): readonly Tried[] {
  const rank = (one: Tried) => order.indexOf(outcomeOf(one));
  return tried.toSorted((a, b) => rank(a) - rank(b));
}

/** One row a case, surprises first, and a last line that counts them. */
export function asText({ tried, left }: Verified): string {
  const rows = inOrder(tried).map((one) => [
    ...[words[outcomeOf(one)], one.who, one.kind, one.tries, one.expected, one.got, one.way],
    outcomeOf(one) === 'as expected' ? '' : one.said,
  ]);
  return [
    table([['', 'WHO', 'KIND', 'TRIES', 'EXPECTED', 'GOT', 'WAY', 'SAID'], ...rows]),
    '',
    table([
      ['KIND', ...order.map((outcome) => words[outcome])],
      ...kinds.map((kind) => [kind, ...counts(tried.filter((one) => one.kind === kind))]),
      ['all', ...counts(tried)],
    ]),
    ...left.map(leftInWords),
  ].join('\n');
}

function counts(tried: readonly Tried[]): readonly string[] {
  return order.map((outcome) => String(tried.filter((one) => outcomeOf(one) === outcome).length));
}

export function leftInWords({ kind, name, who, until }: Remain): string {
  return `left behind: ${kind} ${name} of ${who}, dead by itself at ${until}`;
}

export function asJson({ tried, left, interrupted }: Verified) {
  return {
    interrupted,
    counts: Object.fromEntries(
      order.map((outcome) => [outcome, tried.filter((one) => outcomeOf(one) === outcome).length]),
    ),
    cases: inOrder(tried).map((one) => ({ outcome: outcomeOf(one), ...one })),
    left,
  };
}
