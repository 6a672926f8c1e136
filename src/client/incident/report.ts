import type { Case, Response } from './respond.ts';
import type { Step } from './trace.ts';

/** What people read; `--json` gives the same to machines. */
export function describe(incident: Case, response: Response, dryRun: boolean): string {
  const { accessor, consumer, trace } = incident;
  return [
    `SecretID ${accessor} of ${consumer}`,
    ...(trace === undefined
      ? ['  no audit log tells of it: who had it and what was read is not known']
      : trace.steps.map(stepLine)),
    ...(trace === undefined || trace.unreadable === 0
      ? []
      : [`  ${String(trace.unreadable)} damaged lines of the log were left out`]),
    ...responseLines(response, dryRun),
  ].join('\n');
}

function stepLine({ at, kind, from, who, path, operation, refused }: Step): string {
  const what = kind === 'used' ? `${operation} ${path}` : kind;
  const by = who === 'nobody' || who === '' ? '' : ` by ${who}`;
  const end = refused === undefined ? '' : ` - refused: ${refused}`;
  return `  ${at}  ${what}${by} from ${from}${end}`;
}

function responseLines(response: Response, dryRun: boolean): readonly string[] {
  const { secretId, tokens, certificates, certificatesLeft } = response;
  const done = dryRun ? 'alive, not revoked (dry run)' : 'revoked';
  const fate = { destroyed: 'destroyed', gone: 'gone before', alive: 'alive (dry run)' }[secretId];
  return [
    `SecretID: ${fate}`,
    tokens.length === 0
      ? 'tokens: none is alive'
      : `tokens ${done}: ${tokens.join(', ')} (accessors)`,
    ...(certificates.length === 0 ? [] : [`certificates ${done}: ${certificates.join(', ')}`]),
    ...(certificatesLeft === 0
      ? []
      : [
          `NOT REVOKED: ${String(certificatesLeft)} certificates whose serial numbers are not known; ` +
            'disable the certificate login of this consumer until they end',
        ]),
  ];
}

export function reportJson(incident: Case, response: Response, dryRun: boolean): string {
  const { accessor, consumer, since, trace } = incident;
  return JSON.stringify(
    {
      accessor,
      consumer,
      issued: since?.toISOString() ?? null,
      audit: trace !== undefined,
      steps: trace?.steps ?? [],
      damagedLines: trace?.unreadable ?? 0,
      dryRun,
      ...response,
    },
    undefined,
    2,
  );
}
