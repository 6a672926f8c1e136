import { readdir, readFile, rm } from 'node:fs/promises';
import { z } from 'zod';
import type { Progress } from './parts/part.ts';
import { exists } from './parts/cache.ts';
import { removeHosts } from './host/hosts.ts';
import { labPaths, type LabPaths } from './paths.ts';
import { exclusively } from './processes/lock.ts';
import { processId, stopProcess } from './processes/process.ts';
import { readRecord } from './record.ts';

/**
 * Ends every server of the lab and removes its directory. Built parts stay in the user's cache.
 *
 * @returns false where there was no lab
 */
export async function labDown(progress: Progress, paths: LabPaths = labPaths()): Promise<boolean> {
  return exclusively(paths.lock, async () => {
    if (!(await exists(paths.root))) return false;
    progress('ending the servers and removing the lab');
    await removeLab(paths);
    return true;
  });
}

const looseRecord = z.object({ processes: z.record(z.string(), processId) });

/** Only processes that the lab started are ended: a record names them by pid and start time. */
export async function removeLab(paths: LabPaths): Promise<void> {
  const record = await readRecord(paths);
  const text = await readFile(paths.record, 'utf8').catch(() => '{}');
  const processes =
    record === undefined || record === 'unreadable'
      ? looseRecord.safeParse(safeJson(text)).data?.processes
      : record.processes;
  for (const id of Object.values(processes ?? {}).reverse()) await stopProcess(id);
  if (!(await isOurs(paths))) {
    throw new Error(
      `${paths.root} holds something that is not a lab; nothing was removed. ` +
        'Look at BACKBONE_LAB and XDG_STATE_HOME.',
    );
  }
  await removeHosts(paths.hosts);
  await rm(paths.root, { recursive: true, force: true });
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

/** BACKBONE_LAB might name a directory of someone else's; `pki` or a record mark ours. */
async function isOurs(paths: LabPaths): Promise<boolean> {
  const entries: readonly string[] = await readdir(paths.root).catch(() => []);
  return entries.length === 0 || entries.includes('lab.json') || entries.includes('openbao');
}
