import { randomUUID } from 'node:crypto';
import type { ConsumerContract, Contract } from '../../contract/contract.ts';
import { UserError } from '../../user-error.ts';
import { issueSecretId, readRoleId } from '../approle.ts';
import { OpenBaoError, type Connection } from '../openbao.ts';
import type { Ledger } from './ledger.ts';
import { destroySecretId } from './secret-ids.ts';

/** What is handed over. The wrapping token is a secret until it is used. */
export interface Delivery {
  readonly consumer: string;
  readonly roleId: string;
  readonly wrappingToken: string;
  readonly accessor: string;
  /** RFC 3339, UTC. */
  readonly expires: string;
}

export interface Order {
  readonly consumer: string;
  /** Seconds that the wrapping lives. */
  readonly wrapTtl: number;
  /** Seconds until the consumer should have confirmed its arrival. */
  readonly arriveWithin: number;
}

/** @throws UserError  not in the contract; names those that are */
export function consumerOf(contract: Contract, name: string): ConsumerContract {
  const found = Object.hasOwn(contract.consumers, name) ? contract.consumers[name] : undefined;
  if (found !== undefined) return found;
  const known = Object.keys(contract.consumers).join(', ');
  throw new UserError(`there is no such consumer in the contract; there are: ${known}`);
}

/**
 * Has a wrapped SecretID made. The ledger knows of it before the server does: one whose answer got lost, or whose
 * process was killed, stands there as intended, and nobody has it.
 *
 * @throws UserError  the server refused, gave no answer, or the ledger cannot be written: nothing is left that
 *   could be used
 */
export async function mint(
  connection: Connection,
  contract: Contract,
  ledger: Ledger,
  { consumer, wrapTtl, arriveWithin }: Order,
): Promise<Delivery> {
  const { role, secretIdTtl } = consumerOf(contract, consumer);
  const paths = { ...role, login: contract.logins.approle };
  const roleId = await readRoleId(connection, paths);
  const id = randomUUID();
  const asked = new Date();
  const longest = new Date(asked.getTime() + (wrapTtl + answerTime) * 1000);
  ledger.add({
    event: 'intended',
    id,
    consumer,
    at: asked.toISOString(),
    expires: longest.toISOString(),
  });
  const { wrappingToken, accessor, expires } = await issueSecretId(
    connection,
    paths,
    wrapTtl,
  ).catch((error: unknown) => {
    if (certainlyNothing(error)) ledger.add({ event: 'refused', id, at: new Date().toISOString() });
    throw error;
  });
  if (accessor === undefined) {
    throw new UserError('the server named no accessor of the SecretID: not handed out');
  }
  const created = expires.getTime() - wrapTtl * 1000;
  try {
    ledger.add({
      event: 'minted',
      id,
      accessor,
      consumer,
      at: new Date(created).toISOString(),
      expires: expires.toISOString(),
      arriveBy: new Date(created + arriveWithin * 1000).toISOString(),
      secretIdExpires: new Date(created + secretIdTtl * 1000).toISOString(),
    });
  } catch (error) {
    await destroySecretId(connection, role, accessor);
    throw error;
  }
  return { consumer, roleId, wrappingToken, accessor, expires: expires.toISOString() };
}

/** Seconds that an answer may be under way, at most. */
const answerTime = 60;

function certainlyNothing(error: unknown): boolean {
  if (!(error instanceof OpenBaoError)) return false;
  if (error.outcome === 'lost') return false;
  return error.status === undefined || error.status < 500 || error.outcome === 'not taken';
}

/**
 * Life of a wrapping in seconds.
 *
 * @param given  of the command line; @default five minutes, or what the contract's bounds make of it
 * @throws UserError  outside the bounds that the server holds the issuer to
 */
export function wrapLife({ wrapTtl: { min, max } }: Contract, given: number | undefined): number {
  if (given === undefined) return Math.min(max, Math.max(min, 300));
  if (given >= min && given <= max) return given;
  throw new UserError(
    `a wrapping lives between ${String(min)} s and ${String(max)} s by the contract, not ${String(given)} s`,
  );
}

/** `30s`, `5m`, `1h`, or a plain number of seconds. */
export function secondsOf(option: string, text: string): number {
  const match = /^([1-9][0-9]{0,6})([smh]?)$/.exec(text);
  const unit = { '': 1, s: 1, m: 60, h: 3600 }[match?.[2] ?? ''];
  if (match === null || unit === undefined) {
    throw new UserError(`--${option} takes a duration such as 30s, 5m or 1h`);
  }
  return Number(match[1]) * unit;
}
