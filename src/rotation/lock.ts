import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../user-error.ts';

/**
 * Runs `work` while no other process of this host rotates. One that was killed does not block the next: the
 * lock names its holder. Between hosts the pending value in KV is what they meet at.
 *
 * @throws UserError  the holder is alive
 */
export async function exclusively<T>(directory: string, work: () => Promise<T>): Promise<T> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const lock = join(directory, 'lock');
  const own = join(directory, `lock.${randomUUID()}`);
  const self = `${String(process.pid)} ${(await startOf(process.pid)) ?? ''}`;
  const file = await open(own, 'wx', 0o600);
  await file.writeFile(self);
  await file.close();
  try {
    while (!(await taken(own, lock))) await clearStale(lock, own);
    return await work();
  } finally {
    await rm(own, { force: true });
    if ((await contentOf(lock)) === self) await rm(lock, { force: true });
  }
}

async function taken(own: string, lock: string): Promise<boolean> {
  try {
    await link(own, lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** @throws UserError  the holder is alive */
async function clearStale(lock: string, own: string): Promise<void> {
  const holder = await contentOf(lock);
  if (holder === undefined) return;
  const [pid = '', start = ''] = holder.split(' ');
  const alive = (await startOf(Number(pid))) === start && start !== '';
  if (alive) {
    throw new UserError(`another rotation is under way (pid ${pid}); wait for it, or end it`);
  }
  // Taken away under another name first: whoever was quicker holds a lock that is not this one.
  const aside = `${own}.stale`;
  await rename(lock, aside).catch(() => undefined);
  if ((await contentOf(aside)) !== holder) await rename(aside, lock).catch(() => undefined);
  await rm(aside, { force: true });
}

async function contentOf(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined);
}

/** Start time of a process, as pids are used again; of one that lives, where the system does not tell it. */
export async function startOf(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${String(pid)}/stat`, 'utf8');
    // Fields are counted after the name in brackets; starttime is the twentieth (proc(5)).
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    try {
      process.kill(pid, 0);
      return 'alive';
    } catch {
      return undefined;
    }
  }
}
