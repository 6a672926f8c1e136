import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { OpenBaoError, type Connection } from '../client/openbao.ts';
import type { RotationContract } from '../contract/contract.ts';
import { UserError } from '../user-error.ts';
import { field, works, type Fields } from './credential.ts';
import { removeJournal, writeJournal } from './journal.ts';
import { readVersion, removePending, writePending, type Pending } from './pending.ts';
import { findAdmin, listKeys, type Admin } from './private-api.ts';
import { signIn, signOut, type Controller, type Session } from './session.ts';

/** One rotation: whose, and with what. */
export interface Work {
  readonly secret: string;
  readonly rotation: RotationContract;
  readonly connection: Connection;
  readonly controller: Controller;
  /** What signs in for the change, read at the start: the way back must not need OpenBao. */
  readonly login: Fields | undefined;
  /** Of the journal. */
  readonly directory: string;
  readonly say: (line: string) => void;
}

/** Cut off in the middle, with everything kept that the next run needs to end it. */
export class Unfinished extends UserError {
  override readonly name = 'Unfinished';

  constructor(secret: string, why: string) {
    super(`${secret} is between two values (${why}): run the same command again to finish it`);
  }
}

/** What can be said of the error without any secret. */
export function reason(error: unknown): string {
  if (error instanceof UserError) return error.message;
  throw error;
}

/**
 * Signs in for the change and runs `work`. A password that is being replaced signs in with either of its
 * two values.
 *
 * @throws UserError  nobody could be signed in
 */
export async function asAdmin<T>(
  { login: held, rotation, controller }: Work,
  pending: Pending | undefined,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const { login, data } = rotation;
  const next = login === data ? pending?.next : undefined;
  for (const fields of [held, next]) {
    if (fields === undefined) continue;
    const session = await signIn(
      controller,
      field(fields, 'username', login),
      field(fields, 'password', login),
    );
    if (session === undefined) continue;
    try {
      return await work(session);
    } finally {
      await signOut(session);
    }
  }
  throw new UserError(
    `${controller.controller} does not take the name and password that stand in ${login}: ` +
      'put right ones there with `backbone secret put`',
  );
}

/**
 * Looks at everything that the rotation will need, and changes nothing: a private API that has changed, or
 * an account that may not do it, is found before anything is touched.
 */
export async function examine(work: Work, pending?: Pending): Promise<void> {
  await asAdmin(work, pending, async (session) => {
    if (work.rotation.account === 'api-key') await listKeys(session);
    else await adminOf(session, work);
  });
}

/** @throws UserError  there is none of that name */
export async function adminOf(session: Session, { rotation }: Work): Promise<Admin> {
  const admin = await findAdmin(session, rotation.admin);
  if (admin === undefined) {
    throw new UserError(
      `${rotation.controller} has no admin ${rotation.admin} on the site ${rotation.site}`,
    );
  }
  return admin;
}

/** Journal first, then the pending value: from here on the rotation is this host's, and can be ended. */
export async function begin(
  { secret, rotation, connection, directory }: Work,
  from: number,
  next: Fields | undefined,
): Promise<Pending> {
  const named = { rotation: randomUUID(), began: new Date().toISOString() };
  await writeJournal(directory, { secret, ...named, step: 'begin' });
  const content = { ...named, host: hostname(), from, next, keyId: undefined };
  try {
    return await writePending(connection, rotation, content, 0);
  } catch (error) {
    // Refused, so another host was quicker. Without an answer it may be there, and the journal says whose.
    if (error instanceof OpenBaoError && error.outcome !== 'lost') {
      await removeJournal(directory, secret);
    }
    throw error;
  }
}

export async function step(
  { secret, directory }: Work,
  { rotation, began }: Pending,
  name: string,
): Promise<void> {
  await writeJournal(directory, { secret, rotation, began, step: name });
}

/** The pending value first: while it is there, the journal says whose it is. */
export async function finish({ secret, rotation, connection, directory }: Work): Promise<void> {
  await removePending(connection, rotation);
  await removeJournal(directory, secret);
}

/**
 * Reads the secret as its consumers do, anew and without a version, and uses what was read.
 *
 * @returns the version
 * @throws Unfinished  what consumers now get does not work
 */
export async function asConsumer({
  secret,
  connection,
  rotation,
  controller,
}: Work): Promise<number> {
  const read = await readVersion(connection, rotation.data);
  if (read === undefined || !(await works(controller, rotation, read.fields))) {
    throw new Unfinished(secret, 'what its consumers read does not work at the controller');
  }
  return read.version;
}
