import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** One answered call. Neither parameters nor headers: nothing secret can stand in a journal. */
const entry = z.strictObject({ method: z.string(), path: z.string(), status: z.number() });
export type JournalEntry = z.infer<typeof entry>;

export const journalFile = 'journal.jsonl';

/** Every call that the double has answered, in order; empty where there was none. */
export async function readJournal(stateDir: string): Promise<readonly JournalEntry[]> {
  const text = await readFile(join(stateDir, journalFile), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => entry.parse(JSON.parse(line)));
}
