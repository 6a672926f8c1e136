import { UserError } from '../user-error.ts';
import { works, type Fields } from './credential.ts';
import {
  readVersion,
  same,
  writePending,
  writeSecret,
  type Pending,
  type Version,
} from './pending.ts';
import { createKey, deleteKey, listKeys, whoAmI, type ApiKey } from './private-api.ts';
import { withKey, type Session } from './session.ts';
import { asAdmin, asConsumer, begin, finish, reason, step, Unfinished, type Work } from './work.ts';

/**
 * An API key: the new one is made, tried, written and read back before the old one is deleted, so that no
 * consumer ever holds a dead one. Keys that this program made carry the secret's path in their names, so a
 * key whose value got lost in a kill is found and deleted.
 *
 * As with passwords, each step first looks whether it is done.
 *
 * @returns the new version in KV
 */
export async function rotateApiKey(
  work: Work,
  current: Version | undefined,
  resumed: Pending | undefined,
): Promise<number> {
  const begun = resumed ?? (await begin(work, current?.version ?? 0, undefined));
  const made = await make(work, begun, current?.fields ?? {});
  await write(work, made);
  const version = await asConsumer(work);
  await deleteOthers(work, made);
  await finish(work);
  return version;
}

type Made = Pending & { readonly next: Fields; readonly keyId: string };

/** Name of a key at the controller; the prefix is that of all keys of this secret. */
export function keyName(secret: string, rotation = ''): string {
  return `backbone ${secret} ${rotation}`;
}

async function make(work: Work, begun: Pending, fields: Fields): Promise<Made> {
  const { rotation, connection, controller } = work;
  const { next, keyId } = begun;
  if (next !== undefined && keyId !== undefined && (await works(controller, rotation, next))) {
    return { ...begun, next, keyId };
  }
  await step(work, begun, 'create');
  try {
    const { id, key } = await asAdmin(work, begun, async (session) => {
      // What an earlier try made, and its answer or its value got lost.
      await deleteNamed(work, session, begun);
      return createKey(session, keyName(work.secret, begun.rotation));
    });
    const made = { ...fields, api_key: key };
    if (!(await works(controller, rotation, made))) {
      throw new UserError(
        `${controller.controller} does not take the API key that it has just made`,
      );
    }
    const content = { ...begun, next: made, keyId: id };
    return {
      ...content,
      ...(await writePending(connection, rotation, content, begun.version)),
    } as Made;
  } catch (error) {
    return abandon(work, begun, reason(error));
  }
}

async function write(work: Work, made: Made): Promise<void> {
  const { secret, rotation, connection } = work;
  let now: Version | undefined;
  try {
    now = await readVersion(connection, rotation.data);
    if (now !== undefined && same(now.fields, made.next)) return;
  } catch (error) {
    throw new Unfinished(secret, reason(error));
  }
  await step(work, made, 'write');
  try {
    await writeSecret(connection, rotation, made.next, now?.version ?? 0);
  } catch (error) {
    // Without an answer it may be written: then deleting the key would take it from its consumers.
    const after = await readVersion(connection, rotation.data).catch(() => 'unknown' as const);
    if (after === 'unknown' || (after !== undefined && same(after.fields, made.next))) {
      throw new Unfinished(secret, reason(error));
    }
    await abandon(work, made, reason(error));
  }
}

/** Back to where it began: the new key goes, the old one was never touched. */
async function abandon(work: Work, begun: Pending, why: string): Promise<never> {
  try {
    await asAdmin(work, begun, (session) => deleteNamed(work, session, begun));
    await finish(work);
  } catch (error) {
    throw new Unfinished(work.secret, `${why}; and back: ${reason(error)}`);
  }
  throw new UserError(`${why}. The old API key is valid as before, the new one is deleted.`);
}

async function deleteNamed(
  { secret }: Work,
  session: Session,
  { rotation }: Pending,
): Promise<void> {
  for (const { id, name } of await listKeys(session)) {
    if (name === keyName(secret, rotation)) await deleteKey(session, id);
  }
}

async function deleteOthers(work: Work, made: Made): Promise<void> {
  const { secret, rotation, connection, controller } = work;
  await step(work, made, 'delete');
  try {
    const old =
      made.from === 0 ? undefined : await readVersion(connection, rotation.data, made.from);
    await asAdmin(work, made, async (session) => {
      const keys = (await listKeys(session)).filter(({ id }) => id !== made.keyId);
      const ours = keys.filter(({ name }) => name.startsWith(keyName(secret)));
      for (const { id } of ours) await deleteKey(session, id);
      const key = old?.fields['api_key'];
      if (key === undefined || key === '' || key === made.next['api_key']) return;
      const foreign = keys.filter((one) => !ours.includes(one));
      await endForeign(work, session, key, foreign);
    });
  } catch (error) {
    throw new Unfinished(
      secret,
      `the new API key is in use, the old one is left: ${reason(error)}`,
    );
  }
  if (!(await works(controller, rotation, made.next))) {
    throw new Unfinished(secret, 'the new API key ended with the old one');
  }
}

/**
 * The first key was made by a person, under a name of their own. It is deleted where there is no doubt which
 * one it is: it still works, and it is the only one left that this program did not make.
 */
async function endForeign(
  { rotation }: Work,
  session: Session,
  key: string,
  foreign: readonly ApiKey[],
): Promise<void> {
  const old = withKey(session.controller, key);
  if ((await whoAmI(old)) === undefined) return;
  const candidates = foreign.filter(({ name }) => !name.startsWith('backbone '));
  const [only, ...others] = candidates;
  // A key of another account would work, too, and is not in this list.
  const listed = await listKeys(old);
  if (only !== undefined && others.length === 0 && listed.some(({ id }) => id === only.id)) {
    await deleteKey(session, only.id);
    if ((await whoAmI(old)) === undefined) return;
  }
  throw new UserError(
    `it still works, and which of the keys of ${rotation.admin} it is cannot be told` +
      `${candidates.length === 0 ? '' : ` (${candidates.map(({ name }) => JSON.stringify(name)).join(', ')})`}: ` +
      'delete it on the page of the admin',
  );
}
