import { UserError } from '../../user-error.ts';
import type { Connection } from '../openbao.ts';
import { readArrival, writeArrival, type Arrival } from './arrival.ts';
import { forgetMarks, isOwnMark, newMark } from './marks.ts';

/** Rounds in which another process of this host may come first; each round lets one through. */
const rounds = 200;

/**
 * Leaves a new mark at OpenBao in place of the last one, if this host left that.
 *
 * Every login by certificate does. Two hosts with one certificate, such as a cloned disk, know the marks that
 * were left until they parted: the first to log in leaves one that the other does not know, and the other is
 * told so at its next login.
 *
 * Safe at any moment of a kill, and for any number of processes at once: a mark is kept on disk before it is
 * left, and left by check-and-set.
 *
 * @returns false: somebody else left the last one; nothing was written
 */
export async function leaveMark(
  connection: Connection,
  path: string,
  state: string,
): Promise<boolean> {
  const nonce = newMark(state);
  for (let round = 0; round < rounds; round += 1) {
    const found = await readArrival(connection, path);
    if (found.version > 0 && !isOwnMark(state, found.nonce)) return false;
    const arrival: Arrival = {
      secret_id_accessor: found.accessor === '' ? 'unknown' : found.accessor,
      at: new Date().toISOString(),
      nonce,
      by: 'certificate',
    };
    if (await writeArrival(connection, path, arrival, found.version)) {
      forgetMarks(state, nonce);
      return true;
    }
    await aWhile(round);
  }
  throw tooMany(path);
}

/**
 * Says that a SecretID arrived here, whoever came before: it was issued for this host, so what was left there
 * is over. Leaves a mark, too, where the host is to have a certificate.
 *
 * @param state  undefined: a consumer without a certificate, which keeps nothing
 */
export async function announceArrival(
  connection: Connection,
  path: string,
  accessor: string,
  state: string | undefined,
): Promise<void> {
  const nonce = state === undefined ? '0'.repeat(32) : newMark(state);
  for (let round = 0; round < rounds; round += 1) {
    const { version } = await readArrival(connection, path);
    const at = new Date().toISOString();
    const arrival: Arrival = { secret_id_accessor: accessor, at, nonce, by: 'secret-id' };
    if (await writeArrival(connection, path, arrival, version)) return;
    await aWhile(round);
  }
  throw tooMany(path);
}

/** Chance parts those who came at once. */
function aWhile(round: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, Math.random() * Math.min(200, 10 * (round + 1)));
  });
}

function tooMany(path: string): UserError {
  return new UserError(`${path} is written by others all the time: too many logins at once`);
}
