import { parsed } from '../../command.ts';
import { account, isMinted, type Issued } from '../../issuer/account.ts';
import { asIssuer } from '../../issuer/open.ts';
import { serverClock, situationOf } from '../../issuer/situation.ts';
import type { Issuer } from '../../issuer/sweep.ts';

interface Row {
  readonly accessor: string | undefined;
  readonly consumer: string;
  readonly state: string;
  readonly issued: string;
  readonly arriveBy: string | undefined;
}

/** `backbone secret-id list`: changes nothing, not even the ledger. */
export async function list(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const options = { json: { type: 'boolean', default: false } } as const;
  const { values } = parsed(args, options, { min: 0, max: 0 });
  const rows = await asIssuer(env, async (issuer) => {
    const now = await serverClock(issuer.connection);
    const found: Row[] = [];
    for (const issued of account(issuer.ledger.read())) {
      found.push({
        accessor: issued.minted?.accessor,
        consumer: issued.consumer,
        state: await stateOf(issuer, issued, now),
        issued: issued.at,
        arriveBy: issued.minted?.arriveBy,
      });
    }
    return found;
  });
  if (values.json) process.stdout.write(`${JSON.stringify(rows, undefined, 2)}\n`);
  else if (rows.length === 0) process.stderr.write('backbone: this ledger has no SecretID\n');
  else {
    for (const { accessor = '(answer lost)', consumer, state, issued } of rows) {
      process.stdout.write(`${accessor.padEnd(36)}  ${state.padEnd(11)}  ${issued}  ${consumer}\n`);
    }
  }
  return 0;
}

/** `lost`: its mint gave no answer; nobody has it, and it ends by itself. */
async function stateOf(issuer: Issuer, issued: Issued, now: Date): Promise<string> {
  if (issued.fate !== undefined) return issued.fate.event;
  if (!isMinted(issued)) return now > new Date(issued.expires) ? 'expired' : 'lost';
  return situationOf(issuer.connection, issuer.contract, issued, now);
}
