import { randomBytes } from 'node:crypto';
import { UserError } from '../user-error.ts';
import { works, type Fields } from './credential.ts';
import { readVersion, same, writeSecret, type Pending, type Version } from './pending.ts';
import { setPassword } from './private-api.ts';
import { ControllerError } from './transport.ts';
import {
  adminOf,
  asAdmin,
  asConsumer,
  begin,
  finish,
  reason,
  step,
  Unfinished,
  type Work,
} from './work.ts';

/**
 * The password of a local admin. It has no overlap: between the change at the controller and the new version
 * in KV nobody can sign in, so both are tried out before and the way back is kept.
 *
 * Each step first looks whether it is done already, so the same sequence begins a rotation and ends one that
 * was cut off anywhere.
 *
 * @returns the new version in KV
 */
export async function rotatePassword(
  work: Work,
  current: Version | undefined,
  resumed: Pending | undefined,
): Promise<number> {
  if (current === undefined) {
    throw new UserError(
      `${work.secret} is empty: write username and password with \`backbone secret put\` first`,
    );
  }
  const pending = resumed ?? (await begun(work, current));
  const next = pending.next ?? failed(work.rotation.pending);
  const isNew = resumed === undefined;
  await change(work, { pending, next, old: current.fields, isNew });
  await write(work, pending, next, current.fields);
  const version = await asConsumer(work);
  await finish(work);
  return version;
}

async function begun(work: Work, current: Version): Promise<Pending> {
  // It is the way back: what does not work now cannot be gone back to.
  if (!(await works(work.controller, work.rotation, current.fields))) {
    throw new UserError(
      `the controller does not take what stands in ${work.rotation.data}: put the password that is ` +
        'valid there with `backbone secret put`, then rotate',
    );
  }
  // 190 bits; letters, digits, "-" and "_" pass every form and every shell.
  const password = randomBytes(24).toString('base64url');
  return begin(work, current.version, { ...current.fields, password });
}

function failed(path: string): never {
  throw new UserError(`${path} holds no next value; delete it, then rotate`);
}

interface Change {
  readonly pending: Pending;
  readonly next: Fields;
  readonly old: Fields;
  /** It has just begun: the new password cannot be in use yet, and failed tries count at the controller. */
  readonly isNew: boolean;
}

async function change(work: Work, { pending, next, old, isNew }: Change): Promise<void> {
  const { secret, rotation, controller } = work;
  const changed = () => works(controller, rotation, next);
  if (!isNew && (await changed())) return;
  await step(work, pending, 'change');
  try {
    await asAdmin(work, pending, async (session) => {
      await setPassword(session, await adminOf(session, work), next['password'] ?? '');
    });
  } catch (error) {
    const why = reason(error);
    const now = await changed().catch(() => undefined);
    if (now === true) return;
    // Without an answer it may still come: then the pending value is the only one that works.
    const unanswered = error instanceof ControllerError && error.status === undefined;
    if (
      unanswered ||
      now === undefined ||
      !(await works(controller, rotation, old).catch(() => false))
    ) {
      throw new Unfinished(secret, why);
    }
    await finish(work);
    throw new UserError(`${why}. Nothing was changed.`);
  }
  if (!(await changed())) {
    throw new Unfinished(secret, 'the controller took the new password and does not let it in');
  }
}

async function write(work: Work, pending: Pending, next: Fields, old: Fields): Promise<void> {
  const { secret, rotation, connection } = work;
  let why = '';
  // Twice: whoever wrote meanwhile wrote what the controller no longer takes; this is what works.
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const now = await readVersion(connection, rotation.data).catch((error: unknown) => {
      why = reason(error);
    });
    if (now === undefined) break;
    if (same(now.fields, next)) return;
    try {
      await step(work, pending, 'write');
      await writeSecret(connection, rotation, next, now.version);
      return;
    } catch (error) {
      why = reason(error);
    }
  }
  await goBack(work, pending, old).catch((error: unknown) => {
    throw new Unfinished(secret, `${why}; and back: ${reason(error)}`);
  });
  throw new UserError(
    `${why === '' ? `${rotation.data} is gone` : why}. The old password is valid again.`,
  );
}

/** @throws UserError  the old password could not be restored */
async function goBack(work: Work, pending: Pending, old: Fields): Promise<void> {
  const { rotation, controller } = work;
  await step(work, pending, 'back');
  await asAdmin(work, pending, async (session) => {
    await setPassword(session, await adminOf(session, work), old['password'] ?? '');
  });
  if (!(await works(controller, rotation, old))) {
    throw new UserError('the controller does not take the old password');
  }
  // Where OpenBao does not answer, the next run begins with the same new password.
  await finish(work).catch((error: unknown) => reason(error));
}
