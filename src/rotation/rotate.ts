import { hostname } from 'node:os';
import type { Connection } from '../client/openbao.ts';
import { readKvMetadata } from '../client/kv.ts';
import type { RotationContract } from '../contract/contract.ts';
import { UserError } from '../user-error.ts';
import { rotateApiKey } from './api-key.ts';
import { standingOf } from './due.ts';
import { readJournal, removeJournal, writeJournal } from './journal.ts';
import { rotatePassword } from './password.ts';
import { readPending, readVersion, type Pending } from './pending.ts';
import { examine, Unfinished, type Work } from './work.ts';

export interface Rotator {
  readonly connection: Connection;
  /** Of journal and lock. */
  readonly directory: string;
  readonly say: (line: string) => void;
  /** Milliseconds until a controller counts as unreachable. @default 15000 */
  readonly patience?: number;
  /** Goes on with a rotation of another host, which must not be at work any more. @default false */
  readonly takeOver?: boolean;
}

export interface Rotated {
  readonly secret: string;
  readonly outcome:
    'rotated' | 'finished' | 'not due' | 'could be rotated' | 'could not' | 'unfinished';
  readonly version?: number;
  readonly detail?: string;
}

/**
 * Those that are due or were cut off; with `chosen` that one, due or not. A secret that cannot be rotated
 * does not keep the others from it. What signs in for others goes first: it may have been cut off itself.
 */
export async function rotateAll(
  rotator: Rotator,
  rotations: Readonly<Record<string, RotationContract>>,
  chosen?: string,
): Promise<readonly Rotated[]> {
  const logins = new Set(Object.values(rotations).map(({ login }) => login));
  const order = Object.entries(rotations)
    .filter(([secret]) => chosen === undefined || secret === chosen)
    .sort(([, a], [, b]) => Number(logins.has(b.data)) - Number(logins.has(a.data)));
  const all: Rotated[] = [];
  for (const [secret, rotation] of order) {
    all.push(await told(secret, () => rotateOne(rotator, secret, rotation, chosen !== undefined)));
  }
  return all;
}

/** Looks whether each could be rotated now; changes nothing. */
export async function examineAll(
  rotator: Rotator,
  rotations: Readonly<Record<string, RotationContract>>,
): Promise<readonly Rotated[]> {
  const all: Rotated[] = [];
  for (const [secret, rotation] of Object.entries(rotations)) {
    all.push(
      await told(secret, async () => {
        const work = await workOf(rotator, secret, rotation);
        await examine(work, await readPending(rotator.connection, rotation));
        return { secret, outcome: 'could be rotated' };
      }),
    );
  }
  return all;
}

async function told(secret: string, work: () => Promise<Rotated>): Promise<Rotated> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const outcome = error instanceof Unfinished ? 'unfinished' : 'could not';
    return { secret, outcome, detail: error.message };
  }
}

async function rotateOne(
  rotator: Rotator,
  secret: string,
  rotation: RotationContract,
  wanted: boolean,
): Promise<Rotated> {
  const { directory } = rotator;
  const resumed = await mine(rotator, secret, rotation);
  try {
    return await rotated(rotator, { secret, rotation, wanted, resumed });
  } catch (error) {
    // Whatever went wrong: as long as its journal is there, it is neither the old value nor the new one.
    const isOpen = (await readJournal(directory, secret)) !== undefined;
    if (error instanceof UserError && !(error instanceof Unfinished) && isOpen) {
      throw new Unfinished(secret, error.message);
    }
    throw error;
  }
}

interface Asked {
  readonly secret: string;
  readonly rotation: RotationContract;
  readonly wanted: boolean;
  readonly resumed: Pending | undefined;
}

async function rotated(rotator: Rotator, asked: Asked): Promise<Rotated> {
  const { connection, directory, say } = rotator;
  const { secret, rotation, wanted, resumed } = asked;
  // Ended but for its journal, or not begun but for it.
  if (resumed === undefined) await removeJournal(directory, secret);
  const standing = standingOf(await readKvMetadata(connection, rotation.metadata), Date.now());
  if (resumed === undefined && !wanted && standing.state !== 'current' && !standing.due) {
    throw new UserError(
      `${secret} is ${standing.state}: write its first value with \`backbone secret put\`, or rotate it by name`,
    );
  }
  if (resumed === undefined && !wanted && !standing.due) {
    return { secret, outcome: 'not due', version: standing.version };
  }
  const work = await workOf(rotator, secret, rotation);
  await examine(work, resumed);
  say(`${secret}: ${resumed === undefined ? 'rotating' : 'finishing what was cut off'}`);
  const current = await readVersion(connection, rotation.data);
  const rotate = rotation.account === 'password' ? rotatePassword : rotateApiKey;
  const version = await rotate(work, current, resumed);
  return { secret, outcome: resumed === undefined ? 'rotated' : 'finished', version };
}

async function workOf(
  { connection, directory, say, patience }: Rotator,
  secret: string,
  rotation: RotationContract,
): Promise<Work> {
  const { controller, kind, site, certificateSha256 } = rotation;
  return {
    ...{ secret, rotation, connection, directory, say },
    login: (await readVersion(connection, rotation.login))?.fields,
    controller: {
      ...{ controller, kind, site },
      ...(certificateSha256 === undefined ? {} : { certificateSha256 }),
      ...(patience === undefined ? {} : { patience }),
    },
  };
}

/**
 * The rotation that is under way, if it is this host's.
 *
 * @throws UserError  another host's: it may be at work
 */
async function mine(
  { connection, directory, takeOver }: Rotator,
  secret: string,
  rotation: RotationContract,
): Promise<Pending | undefined> {
  const pending = await readPending(connection, rotation);
  if (pending === undefined) return undefined;
  const journal = await readJournal(directory, secret);
  if (journal?.rotation === pending.rotation) return pending;
  if (takeOver !== true) {
    throw new UserError(
      `${secret} is being rotated by ${pending.host === hostname() ? 'this host, whose journal is lost' : pending.host}, ` +
        `since ${pending.began}. If that rotation is not at work any more, finish it with --take-over.`,
    );
  }
  const { rotation: id, began } = pending;
  await writeJournal(directory, { secret, rotation: id, began, step: 'taken over' });
  return pending;
}
