import type { Contract } from '../../contract/contract.ts';
import { call, type Connection } from '../openbao.ts';
import type { MintedSecretId } from './account.ts';
import { hasArrived, lookUpSecretId } from './secret-ids.ts';

/** What the server says of a SecretID that the ledger has as open. */
export type Situation =
  /** Nobody has logged in with it, and there is time left. */
  | 'undelivered'
  /** Nobody has logged in with it, and its consumer should have. */
  | 'overdue'
  /** Somebody logged in, and may still be about to confirm. */
  | 'arriving'
  /** Its consumer confirmed. */
  | 'arrived'
  /** Somebody logged in, and its consumer did not confirm in time. */
  | 'used'
  /** It is gone and past its life, so a login is not excluded; a token got by one may be alive. */
  | 'doubtful'
  /** Gone, and so is every token that it could have been used for. */
  | 'expired'
  /** The contract has no such consumer any more: look into the contract that it was issued by. */
  | 'undeclared';

/** Seconds; a declaration refuses more. */
const longestTokenLife = 3600;

/** The server's clock, which made all times of the ledger; this host's where it tells none. */
export async function serverClock(connection: Connection): Promise<Date> {
  const answer = await call(connection, { method: 'GET', path: 'auth/token/lookup-self' });
  return new Date(answer?.date ?? Date.now());
}

export async function situationOf(
  connection: Connection,
  contract: Contract,
  { consumer, minted }: MintedSecretId,
  now: Date,
): Promise<Situation> {
  const declared = Object.hasOwn(contract.consumers, consumer)
    ? contract.consumers[consumer]
    : undefined;
  const { accessor, arriveBy, secretIdExpires } = minted;
  const end = new Date(secretIdExpires).getTime();
  const tokenLife = (declared?.tokenMaxTtl ?? longestTokenLife) * 1000;
  if (declared === undefined) return now.getTime() > end + tokenLife ? 'expired' : 'undeclared';
  const late = now > new Date(arriveBy);
  const waiting = await lookUpSecretId(connection, declared.role, accessor);
  if (waiting !== undefined) return late ? 'overdue' : 'undelivered';
  // Asked after the look-up: a login comes before its confirmation.
  if (await hasArrived(connection, declared, accessor)) return 'arrived';
  if (now.getTime() > end + tokenLife) return 'expired';
  if (!late) return 'arriving';
  return now.getTime() < end ? 'used' : 'doubtful';
}
