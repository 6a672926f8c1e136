import { dirname } from 'node:path';
import type { Contract } from '../../contract/contract.ts';
import { raiseAlarm } from '../alarm.ts';
import { singleFlight } from '../creds/single-flight.ts';
import type { Connection } from '../openbao.ts';
import { sha256 } from '../sha256.ts';
import { isInterception, type Verdict } from '../verdict.ts';
import { account, isMinted, isOpen, type MintedSecretId } from './account.ts';
import type { Fate } from './entry.ts';
import type { Ledger } from './ledger.ts';
import { destroySecretId } from './secret-ids.ts';
import { serverClock, situationOf } from './situation.ts';
import type { Report } from './spool.ts';

export interface Issuer {
  /** As the issuer. */
  readonly connection: Connection;
  readonly contract: Contract;
  readonly env: NodeJS.ProcessEnv;
  readonly ledger: Ledger;
}

/** What one sweep found and did about one SecretID. */
export interface Swept {
  readonly accessor: string;
  readonly consumer: string;
  readonly result: Fate | 'open' | 'undeclared';
  readonly why: string;
}

/**
 * Looks after every SecretID of the ledger that is still open: confirms arrivals, destroys what was not delivered
 * in time, and takes for intercepted what somebody used without confirming, or what a consumer reported. Every
 * step can be repeated, so it may be killed anywhere.
 *
 * Of two at once on one ledger, the second waits: what the first has destroyed and not yet written down would
 * look to it as if somebody had used it.
 *
 * @param reports  records of consumers
 */
export function sweep(issuer: Issuer, reports: readonly Report[]): Promise<readonly Swept[]> {
  return singleFlight({
    directory: dirname(issuer.ledger.file),
    name: sha256(issuer.ledger.file).slice(0, 12),
    // What another one has swept is not this one's result.
    look: () => undefined,
    work: () => sweepAlone(issuer, reports),
  });
}

async function sweepAlone(issuer: Issuer, reports: readonly Report[]): Promise<readonly Swept[]> {
  const now = await serverClock(issuer.connection);
  const open = account(issuer.ledger.read()).filter(isMinted).filter(isOpen);
  const swept: Swept[] = [];
  for (const issued of open) {
    const told = reports.find(
      ({ accessor, consumer }) =>
        accessor === issued.minted.accessor && consumer === issued.consumer,
    );
    swept.push(
      told !== undefined && (isInterception(told.verdict) || told.verdict === 'refused')
        ? await reported(issuer, issued, told.verdict)
        : await looked(issuer, issued, now),
    );
  }
  return swept;
}

async function reported(issuer: Issuer, issued: MintedSecretId, verdict: Verdict): Promise<Swept> {
  await destroy(issuer, issued);
  return isInterception(verdict)
    ? intercepted(issuer, issued, verdict, `${issued.consumer} reported: ${verdict}`)
    : end(issuer, issued, 'destroyed', `${issued.consumer} reported: ${verdict}`);
}

async function looked(issuer: Issuer, issued: MintedSecretId, now: Date): Promise<Swept> {
  if (issued.fate !== undefined) {
    return swept(issued, 'intercepted', issued.fate.why ?? 'nobody has answered it yet');
  }
  const situation = await situationOf(issuer.connection, issuer.contract, issued, now);
  switch (situation) {
    case 'undelivered':
    case 'arriving':
      return swept(issued, 'open', situation);
    case 'undeclared':
      return swept(issued, 'undeclared', 'the contract has no such consumer');
    case 'arrived':
      return end(issuer, issued, 'arrived', 'confirmed by its consumer');
    case 'expired':
      return end(issuer, issued, 'expired', 'past its life, and so is every token of it');
    case 'overdue':
      return overdue(issuer, issued);
    case 'used':
      return intercepted(
        issuer,
        issued,
        'intercepted',
        'somebody logged in with it and its consumer did not confirm',
      );
    case 'doubtful':
      return intercepted(
        issuer,
        issued,
        'intercepted',
        'it expired unused, or somebody logged in with it: the sweep came too late to tell (run it more often ' +
          'than a SecretID lives)',
      );
  }
}

/** Between look-up and destruction somebody may have used it: then the next sweep sees it as used. */
async function overdue(issuer: Issuer, issued: MintedSecretId): Promise<Swept> {
  return (await destroy(issuer, issued)) === 'destroyed'
    ? end(issuer, issued, 'destroyed', 'not delivered in time')
    : swept(issued, 'open', 'used just now');
}

export function destroy(issuer: Issuer, issued: MintedSecretId): Promise<'destroyed' | 'gone'> {
  const consumer = issuer.contract.consumers[issued.consumer];
  if (consumer === undefined) return Promise.resolve('gone');
  return destroySecretId(issuer.connection, consumer.role, issued.minted.accessor);
}

/** Told before it is written down: a kill between makes an alarm come twice rather than never. */
export async function intercepted(
  issuer: Issuer,
  issued: MintedSecretId,
  verdict: Verdict,
  why: string,
): Promise<Swept> {
  if (issued.fate === undefined) {
    const { accessor } = issued.minted;
    const text =
      `the SecretID ${accessor} of ${issued.consumer} counts as intercepted: ${why}; ` +
      `revoke what was got with it: backbone incident ${accessor}`;
    await raiseAlarm(issuer.env, { verdict, consumer: issued.consumer, accessor, text });
    return end(issuer, issued, 'intercepted', why);
  }
  return swept(issued, 'intercepted', why);
}

function end(issuer: Issuer, issued: MintedSecretId, event: Fate, why: string): Swept {
  issuer.ledger.add({
    event,
    accessor: issued.minted.accessor,
    at: new Date().toISOString(),
    why,
  });
  return swept(issued, event, why);
}

function swept(issued: MintedSecretId, result: Swept['result'], why: string): Swept {
  return { accessor: issued.minted.accessor, consumer: issued.consumer, result, why };
}
