import type { Finding } from './acknowledge.ts';

/** Findings for a person: what, where, and what to do; one that is acknowledged by its owner and end alone. */
export function findingsText(findings: readonly Finding[]): string {
  return findings.map(findingText).join('\n');
}

function findingText({
  severity,
  rule,
  at,
  constructPath,
  problem,
  fix,
  acknowledged,
}: Finding): string {
  if (acknowledged !== undefined) {
    const { owner, until, reason } = acknowledged;
    return `acknowledged ${rule}\n  at ${at}\n  until ${until} by ${owner}: ${reason}`;
  }
  return [
    `${severity} ${rule}: ${problem}`,
    `  at ${at}`,
    ...(constructPath === undefined ? [] : [`  made by ${constructPath}`]),
    `  ${fix}`,
  ].join('\n');
}

/** `2 errors, 1 warning, 3 acknowledged` */
export function countsText(findings: readonly Finding[]): string {
  const open = findings.filter(({ acknowledged }) => acknowledged === undefined);
  const of = (severity: Finding['severity']) =>
    open.filter((one) => one.severity === severity).length;
  const count = (number: number, word: string) =>
    `${String(number)} ${word}${number === 1 ? '' : 's'}`;
  return [
    count(of('error'), 'error'),
    count(of('warning'), 'warning'),
    `${String(findings.length - open.length)} acknowledged`,
  ].join(', ');
}
