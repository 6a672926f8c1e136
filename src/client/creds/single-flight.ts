import { randomBytes } from 'node:crypto';
import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../user-error.ts';
import { announce, waitFor, type Announced, type End } from './flight-socket.ts';

/**
 * One process works, the others wait for what it makes.
 *
 * Whoever wants to work listens on a Unix socket of its own in a directory of this user, and then looks who
 * else does: of any two, at least one sees the other, and the one whose name sorts last gives way, except to
 * one that gave way already. So two never work at once, and there is no lock to be left behind: the kernel
 * closes the socket of a process that was killed, and whoever waited on it knows at once, in whichever PID
 * namespace either is, on Linux and on macOS.
 */
export interface Flight<T> {
  readonly directory: string;
  /** Flights of one name are one; short, of hexadecimal digits. */
  readonly name: string;
  /** What another process has made meanwhile, if it has. */
  readonly look: () => T | undefined;
  readonly work: () => Promise<T>;
  /** Milliseconds until a process that neither works nor dies is waited for no longer. @default 45000 */
  readonly patience?: number;
}

/** What the process that worked could not do; its reason stands for all who waited on it. */
export class SharedFailure extends UserError {
  override readonly name = 'SharedFailure';
}

/**
 * @throws SharedFailure  another process tried while this one waited, and could not
 * @throws whatever `work` throws
 */
export async function singleFlight<T>(flight: Flight<T>): Promise<T> {
  const deadline = Date.now() + (flight.patience ?? 45_000);
  for (;;) {
    const made = flight.look();
    if (made !== undefined) return made;
    // Somebody stopped, not dead: rather two sessions than none.
    if (Date.now() > deadline) return flight.work();
    const [first] = await others(flight);
    if (first !== undefined) {
      throwShared(await first.end(deadline));
      continue;
    }
    let announced: Announced;
    const own = `${flight.name}.${randomBytes(4).toString('hex')}.s`;
    try {
      announced = await announce(flight.directory, own);
    } catch {
      // No place for a socket, e.g. on a full disk.
      return flight.work();
    }
    const outcome = await asAnnounced(flight, announced, own, deadline);
    if (outcome !== 'gave way') return outcome.value;
  }
}

async function asAnnounced<T>(
  flight: Flight<T>,
  announced: Announced,
  own: string,
  deadline: number,
): Promise<{ readonly value: T } | 'gave way'> {
  try {
    const present = await others(flight, own);
    const before = present.find(({ name }) => name < own);
    if (before !== undefined) {
      announced.close();
      throwShared(await before.end(deadline));
      return 'gave way';
    }
    // They give way, or one of them is at work.
    for (const later of present) throwShared(await later.end(deadline));
    return { value: flight.look() ?? (await flight.work()) };
  } catch (error) {
    // Whoever waits on this process shall not try in vain once more.
    if (error instanceof UserError) announced.close(error.message);
    throw error;
  } finally {
    announced.close();
  }
}

function throwShared(end: End): void {
  if (end.failure !== undefined) throw new SharedFailure(end.failure);
}

interface Other {
  readonly name: string;
  /** Waits until that process has ended its flight, or the deadline. */
  readonly end: (deadline: number) => Promise<End>;
}

/** Who is alive and announced, beside `own`, in order. Connected to, so that no end is missed. */
async function others({ directory, name }: Flight<unknown>, own?: string): Promise<Other[]> {
  const found: Other[] = [];
  for (const entry of entriesOf(directory)) {
    if (entry === own || !entry.startsWith(`${name}.`) || !entry.endsWith('.s')) continue;
    const waiting = await waitFor(directory, entry);
    if (waiting === 'dead') removeIfOld(join(directory, entry));
    else found.push({ name: entry, end: waiting });
    // Whoever has not announced itself waits on any one.
    if (own === undefined && found.length > 0) break;
  }
  return found;
}

/** A directory that was removed meanwhile holds nobody. */
function entriesOf(directory: string): readonly string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    return [];
  }
}

/** Not a young one: it may be one that is just about to listen. */
function removeIfOld(file: string): void {
  try {
    if (Date.now() - lstatSync(file).mtimeMs > 60_000) rmSync(file, { force: true });
  } catch {
    // Another process removed it.
  }
}
