import { raiseAlarm } from '../alarm.ts';
import { OpenBaoError } from '../openbao.ts';
import { isInterception, verdictOf, type Verdict } from '../verdict.ts';
import { byAccessor, type MintedSecretId } from './account.ts';
import type { Child } from '../child/start.ts';
import type { Delivery } from './mint.ts';
import { situationOf, type Situation } from './situation.ts';
import { readSpool, type Report } from './spool.ts';
import { destroy, intercepted, type Issuer } from './sweep.ts';

export interface Watch {
  /** Seconds that the consumer has to confirm its arrival. */
  readonly wait: number;
  /** Where consumers leave their records. */
  readonly spool: string | undefined;
}

/**
 * Watches a started consumer until it has confirmed its arrival, reported that something is wrong, ended, or had
 * its time. Whatever is not an arrival destroys the SecretID and raises the alarm at once.
 */
export async function watchArrival(
  issuer: Issuer,
  delivery: Delivery,
  child: Child,
  watch: Watch,
): Promise<Verdict> {
  const issued = byAccessor(issuer.ledger.read(), delivery.accessor);
  if (issued === undefined) throw new Error('what was just minted is not in the ledger');
  let ended: number | undefined;
  const end = child.ended.then((status) => (ended = status));
  const deadline = Date.now() + watch.wait * 1000;
  for (;;) {
    // Taken before the look, so that the last look comes after the end.
    const last = ended !== undefined || Date.now() >= deadline;
    const verdict = await judge(issuer, issued, ended, watch.spool, last);
    if (verdict !== undefined) return verdict;
    await Promise.race([end, pause(Math.min(1000, Math.max(0, deadline - Date.now())))]);
  }
}

/**
 * One look.
 *
 * @param status  exit status of the child, if it has ended
 * @param last    there will be no other: what is not confirmed now did not arrive
 * @returns undefined: look again
 */
async function judge(
  issuer: Issuer,
  issued: MintedSecretId,
  status: number | undefined,
  spool: string | undefined,
  last: boolean,
): Promise<Verdict | undefined> {
  let situation: Situation | undefined;
  let unreachable = '';
  try {
    // How long it may take is the watch's to say, so no time has passed for this.
    situation = await situationOf(issuer.connection, issuer.contract, issued, new Date(0));
  } catch (error) {
    if (!(error instanceof OpenBaoError)) throw error;
    unreachable = error.message;
  }
  if (situation === 'arrived') {
    settle(issuer, issued, 'arrived', 'confirmed by its consumer');
    process.stderr.write(`backbone: ${issued.consumer} has arrived\n`);
    return 'delivered';
  }
  const told = reportOf(issued, status, spool);
  // Of anything but an interception a consumer may recover while it runs.
  if (!last && (told === undefined || !isInterception(told))) return undefined;
  return conclude(issuer, issued, told, situation, unreachable);
}

/** What the consumer itself says: by a record, or by its exit status. */
function reportOf(
  issued: MintedSecretId,
  status: number | undefined,
  spool: string | undefined,
): Verdict | undefined {
  const record = recordsOf(spool).find(({ accessor }) => accessor === issued.minted.accessor);
  if (record !== undefined) return record.verdict;
  const verdict = status === undefined ? undefined : verdictOf(status);
  return verdict === 'delivered' ? undefined : verdict;
}

/** It could be read before the start; what became of it since must not end the watch. */
function recordsOf(spool: string | undefined): readonly Report[] {
  try {
    return spool === undefined ? [] : readSpool(spool);
  } catch {
    return [];
  }
}

async function conclude(
  issuer: Issuer,
  issued: MintedSecretId,
  told: Verdict | undefined,
  situation: Situation | undefined,
  unreachable: string,
): Promise<Verdict> {
  const { accessor } = issued.minted;
  if (situation === undefined) {
    const text =
      `the arrival of ${issued.consumer} cannot be confirmed: ${unreachable}; when OpenBao answers again, run ` +
      `backbone secret-id sweep (accessor ${accessor})`;
    await raiseAlarm(issuer.env, alarm(issued, told ?? 'unreachable', text));
    return told ?? 'unreachable';
  }
  const fate = await destroy(issuer, issued);
  if (told !== undefined && isInterception(told)) {
    await intercepted(issuer, issued, told, `${issued.consumer} reported: ${told}`);
    return told;
  }
  // One whose login was refused says so itself; for any other, somebody else's login is the safe reading.
  if (fate === 'gone' && told !== 'refused') {
    const why = 'somebody logged in with it and its consumer did not confirm';
    await intercepted(issuer, issued, 'intercepted', why);
    return 'intercepted';
  }
  const verdict = told ?? 'never-arrived';
  const why =
    told === undefined ? 'it did not confirm its arrival in time' : `it reported: ${told}`;
  const text = `${issued.consumer}: ${why}; its SecretID ${accessor} is destroyed`;
  await raiseAlarm(issuer.env, alarm(issued, verdict, text));
  settle(issuer, issued, 'destroyed', why);
  return verdict;
}

function alarm({ consumer, minted }: MintedSecretId, verdict: Verdict, text: string) {
  return { verdict, consumer, accessor: minted.accessor, text };
}

function settle(
  { ledger }: Issuer,
  { minted }: MintedSecretId,
  event: 'arrived' | 'destroyed',
  why: string,
): void {
  ledger.add({ event, accessor: minted.accessor, at: new Date().toISOString(), why });
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}
