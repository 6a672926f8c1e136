import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { identify, isAlive, processId } from './process.ts';

/** Another `lab up` or `lab down` is at work. */
export class LabBusy extends Error {
  override readonly name = 'LabBusy';
}

/**
 * Runs `work` while no other process works on the same lab. The lock file names its holder, so one that
 * was killed does not block the next.
 *
 * @throws LabBusy  the holder is alive
 */
export async function exclusively<T>(lockFile: string, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(lockFile), { recursive: true, mode: 0o700 });
  const self = await identify(process.pid);
  // Linked when its holder stands in it: an empty lock would look like one whose holder is gone.
  const own = `${lockFile}.${randomUUID()}`;
  for (let attempt = 0; ; attempt += 1) {
    try {
      await writeFile(own, JSON.stringify(self), { mode: 0o600 });
      await link(own, lockFile);
      break;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      const holder = await holderOf(lockFile);
      if (attempt > 2 || (holder !== undefined && (await isAlive(holder)))) {
        const who = holder === undefined ? '' : ` (pid ${String(holder.pid)})`;
        throw new LabBusy(`another command works on the lab${who}; wait for it, or end it`);
      }
      await rm(lockFile, { force: true });
    } finally {
      await rm(own, { force: true });
    }
  }
  try {
    return await work();
  } finally {
    await rm(lockFile, { force: true });
  }
}

/** As {@link exclusively}, but waits for the holder. */
export async function inTurn<T>(lockFile: string, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await exclusively(lockFile, work);
    } catch (error) {
      if (!(error instanceof LabBusy)) throw error;
      await delay(500);
    }
  }
}

async function holderOf(lockFile: string) {
  try {
    return processId.parse(JSON.parse(await readFile(lockFile, 'utf8')));
  } catch {
    return undefined;
  }
}
