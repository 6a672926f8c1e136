import type { Change } from '../reach/change.ts';
import { countsOf, presentable } from './order.ts';

export { exitCodeOf, inOrder } from './order.ts';

/** Puts a colour around a verdict; the identity where there is none. */
export type Paint = (verdict: Change['verdict']) => string;

export function asText(changes: readonly Change[], paint: Paint = (verdict) => verdict): string {
  if (changes.length === 0) return 'nothing changes in who may reach what';
  return [
    ...presentable(changes).map(({ verdict, subject, what, before, after, chain }) =>
      [
        `${paint(verdict)} ${visible(subject)}: ${visible(what)}`,
        `  ${visible(before)} -> ${visible(after)}`,
        `  through ${visible(chain.join(' -> '))}`,
      ].join('\n'),
    ),
    countsOf(changes),
  ].join('\n');
}

/** Nothing that moves a cursor, ends a line or turns letters around. */
function visible(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (one) => `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
