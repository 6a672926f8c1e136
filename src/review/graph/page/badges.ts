import type { GraphGrant, Mark } from '../payload.ts';
import type { Change } from '../../reach/change.ts';
import { h } from './dom.ts';

/** A sign and a word for each mark: colour is never all that tells them apart. */
export const marks: Readonly<Record<Mark, readonly [sign: string, word: string]>> = {
  same: ['=', 'same'],
  added: ['+', 'added'],
  removed: ['−', 'removed'],
  widened: ['▲', 'wider'],
  narrowed: ['▽', 'narrower'],
  unknown: ['?', 'cannot tell'],
};

export function markBadge(mark: Mark): HTMLElement | undefined {
  if (mark === 'same') return undefined;
  const [sign, word] = marks[mark];
  return h('span', { class: `badge mark-${mark}` }, `${sign} ${word}`);
}

const verdicts: Readonly<Record<Change['verdict'], Mark>> = {
  WIDENS: 'widened',
  NARROWS: 'narrowed',
  UNKNOWN: 'unknown',
};

export function verdictBadge(verdict: Change['verdict']): HTMLElement {
  return h(
    'span',
    { class: `badge mark-${verdicts[verdict]}` },
    `${marks[verdicts[verdict]][0]} ${verdict.toLowerCase()}`,
  );
}

export const rungs: Readonly<Record<number, string>> = {
  1: 'rung 1: dynamic',
  2: 'rung 2: static, read for minutes',
  3: 'rung 3: injected',
};

export function labels({ rung, secretClass, mark }: GraphGrant): readonly HTMLElement[] {
  return [
    markBadge(mark),
    rung === undefined
      ? undefined
      : h('span', { class: `badge rung-${String(rung)}` }, rungs[rung]),
    secretClass === undefined ? undefined : h('span', { class: 'badge' }, secretClass),
  ].filter((one) => one !== undefined);
}
