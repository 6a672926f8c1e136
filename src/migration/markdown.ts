import { overstated, type Row } from './row.ts';

/** The table for a page of one's own, and what was tried below it. */
export function migrationMarkdown(rows: readonly Row[], at: Date): string {
  const cells = rows.map((row) => [
    row.class,
    row.was,
    row.target,
    row.state,
    row.proved ? 'yes' : overstated(row) ? '**NO**' : 'no',
    row.next ?? 'there',
    row.blockedBy.length === 0 ? '-' : row.blockedBy.join('<br>'),
  ]);
  const table = [
    ['class', 'was', 'target', 'stands', 'proved now', 'next step', 'blocked by'],
    Array.from({ length: 7 }, () => '---'),
    ...cells,
  ].map((row) => `| ${row.map(escaped).join(' | ')} |`);
  return [
    `# Migration, ${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`,
    '',
    ...table,
    '',
    ...rows.flatMap(section),
    '## What stays',
    '',
    '- The keychain ends as break-glass and for logging in to the Mac; no row depends on it at its target.',
    '- SOPS with age keeps committed deployment configuration: encrypted at rest in a repository is another job.',
  ].join('\n');
}

function section(row: Row): readonly string[] {
  return [
    `## ${row.class}`,
    '',
    ...row.checks.map(
      ({ what, outcome, found }) => `- ${outcome}: ${escaped(what)} (${escaped(found)})`,
    ),
    ...(row.checks.length === 0 ? ['- nothing was tried'] : []),
    `- Way back: ${row.back}`,
    '',
  ];
}

/** A cell is one line, and what a server said is no markup. */
function escaped(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .replaceAll('|', '\\|')
    .replaceAll(/<(?!br>)/g, '&lt;');
}
