import { parsed } from '../../command.ts';
import { fromEnv } from '../../connection.ts';
import { answerIfAllowed } from '../../incident/answer.ts';
import { account, isMinted } from '../../issuer/account.ts';
import { asIssuer } from '../../issuer/open.ts';
import { readSpool, type Report } from '../../issuer/spool.ts';
import { sweep, type Issuer } from '../../issuer/sweep.ts';
import { isInterception } from '../../verdict.ts';

/** `backbone secret-id sweep`. */
export async function sweepCommand(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const { values } = parsed(
    args,
    { spool: { type: 'string' }, json: { type: 'boolean', default: false } },
    { min: 0, max: 0 },
  );
  const spool = values.spool ?? fromEnv(env, 'BACKBONE_ALARMS');
  const reports: readonly Report[] = spool === undefined ? [] : readSpool(spool);
  const { swept, foreign } = await asIssuer(env, async (issuer) => ({
    swept: await sweep(issuer, reports),
    foreign: unknownTo(issuer, reports),
  }));
  if (values.json) process.stdout.write(`${JSON.stringify(swept, undefined, 2)}\n`);
  for (const { accessor, result } of swept) {
    if (result === 'intercepted') await answerIfAllowed(env, accessor);
  }
  for (const { accessor, consumer, result, why } of swept) {
    if (!values.json && result !== 'open') {
      process.stdout.write(`${accessor}  ${result.padEnd(11)}  ${consumer}: ${why}\n`);
    }
  }
  for (const { consumer, verdict, accessor = '(unknown)' } of foreign) {
    process.stderr.write(
      `backbone: ${consumer} reported ${verdict} for the SecretID ${accessor}, which this ledger does not know: ` +
        `answer it with \`backbone incident\`, then remove the record\n`,
    );
  }
  return foreign.length > 0 || swept.some(({ result }) => result === 'intercepted') ? 2 : 0;
}

/** Interceptions that somebody else's ledger would have to answer, and copies of a certificate. */
function unknownTo({ ledger }: Issuer, reports: readonly Report[]): readonly Report[] {
  const known = account(ledger.read()).filter(isMinted);
  return reports.filter(
    ({ accessor, verdict }) =>
      verdict === 'cloned' ||
      (isInterception(verdict) && !known.some(({ minted }) => minted.accessor === accessor)),
  );
}
