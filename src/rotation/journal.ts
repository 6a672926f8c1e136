import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { object, text } from '../contract/shape.ts';

/**
 * What this host began and did not end, one file a secret. No secret stands in it. It says whose the pending
 * value in KV is: with it the next run goes on, without it another host may be at work.
 */
export interface Journal {
  readonly secret: string;
  /** As in the pending value. */
  readonly rotation: string;
  /** ISO 8601. */
  readonly began: string;
  /** What was about to be done when it was written. */
  readonly step: string;
}

/** BACKBONE_STATE, else the XDG state directory. */
export function rotationDirectory(env: NodeJS.ProcessEnv): string {
  const named = env['BACKBONE_STATE'];
  if (named !== undefined && named !== '') return join(named, 'rotation');
  const state = env['XDG_STATE_HOME'] ?? join(env['HOME'] ?? homedir(), '.local', 'state');
  return join(state, 'credential-backbone', 'rotation');
}

/** A path of KV has neither `+` nor `.`, so each has a name of its own. */
export function journalFile(directory: string, secret: string): string {
  return join(directory, `${secret.replaceAll('/', '+')}.json`);
}

/** @returns undefined where there is none, or one that was cut off: then the facts alone decide */
export async function readJournal(directory: string, secret: string): Promise<Journal | undefined> {
  try {
    const shape = object(
      JSON.parse(await readFile(journalFile(directory, secret), 'utf8')),
      'journal',
    );
    return {
      secret,
      rotation: text(shape, 'rotation'),
      began: text(shape, 'began'),
      step: text(shape, 'step'),
    };
  } catch {
    return undefined;
  }
}

/** Whole or not at all, and on the disk before the step that it names. */
export async function writeJournal(directory: string, journal: Journal): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const path = journalFile(directory, journal.secret);
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(journal)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
}

export async function removeJournal(directory: string, secret: string): Promise<void> {
  await rm(journalFile(directory, secret), { force: true });
}
