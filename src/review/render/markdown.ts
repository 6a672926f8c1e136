import type { Change } from '../reach/change.ts';
import { countsOf, exitCodeOf, presentable } from './order.ts';

/** A comment of GitHub holds 65,536 characters; some are left for whoever puts a line around it. */
const limit = 60_000;
const longest = 300;

/** By it a later run finds its own comment. */
export const marker = '<!-- backbone-review -->';

const headings = {
  WIDENS: 'Widens',
  UNKNOWN: 'Cannot be evaluated, and counts as widening',
  NARROWS: 'Narrows',
} as const;

/** The comment of a pull request: the verdict first, details folded, cut with a line that says so. */
export function asMarkdown(changes: readonly Change[]): string {
  const ordered = presentable(changes);
  const head = [marker, '', `**${verdictOf(ordered)}**`, ''];
  let size = head.join('\n').length;
  const body: string[] = [];
  let left = ordered.length;
  for (const verdict of ['WIDENS', 'UNKNOWN', 'NARROWS'] as const) {
    const rows = ordered.filter((one) => one.verdict === verdict).map(row);
    if (rows.length === 0) continue;
    const open = verdict === 'NARROWS' ? '<details>' : '<details open>';
    const start = [
      `${open}<summary>${headings[verdict]}: ${String(rows.length)}</summary>`,
      '',
      '| who | what | before | after | through |',
      '| --- | --- | --- | --- | --- |',
    ];
    const kept: string[] = [];
    size += start.join('\n').length + '\n\n</details>\n\n'.length;
    for (const one of rows) {
      if (size + one.length + 1 > limit) break;
      size += one.length + 1;
      kept.push(one);
    }
    if (kept.length > 0) body.push(...start, ...kept, '', '</details>', '');
    left -= kept.length;
    if (kept.length < rows.length) break;
  }
  const cut =
    left === 0
      ? []
      : [`**${String(left)} more are not shown here**; \`backbone review\` shows all.`, ''];
  return [...head, ...body, ...cut].join('\n');
}

function verdictOf(changes: readonly Change[]): string {
  switch (exitCodeOf(changes)) {
    case 0:
      return 'Nothing changes in who may reach what.';
    case 2:
      return `No reach widens: ${countsOf(changes)}.`;
    case 3:
      return `Look at this before you merge: ${countsOf(changes)}.`;
  }
}

function row({ subject, what, before, after, chain }: Change): string {
  return `| ${[subject, what, before, after, chain.join(' → ')].map(cell).join(' | ')} |`;
}

/** As text and nothing else: no markup, no mention, no link, no line of its own, nothing that turns letters around. */
function cell(text: string): string {
  const plain = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ');
  const short = plain.length > longest ? `${plain.slice(0, longest)}… (cut)` : plain;
  // Character references stand for a character and never for markup (CommonMark 0.31, 2.5).
  return short
    .replace(/[^\p{L}\p{N} ,./()→…-]/gu, (one) => `&#${String(one.codePointAt(0))};`)
    .replace(/(https?|www)(?=[&.])/giu, '$1&#8203;');
}
