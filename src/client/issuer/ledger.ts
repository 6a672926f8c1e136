import { closeSync, fstatSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { UserError } from '../../user-error.ts';
import { parseEntry, type Entry } from './entry.ts';
import { makeDirectory } from '../make-directory.ts';

/** What an issuer keeps between its calls: XDG_STATE_HOME, for its user alone. */
export function issuerDirectory(env: NodeJS.ProcessEnv): string {
  const named = env['XDG_STATE_HOME'];
  const state =
    named !== undefined && named !== '' ? named : join(env['HOME'] ?? homedir(), '.local', 'state');
  return join(state, 'credential-backbone');
}

/** Who got which SecretID, and what became of it. Only ever added to. */
export interface Ledger {
  readonly file: string;
  /** On disk when it returns. */
  readonly add: (entry: Entry) => void;
  /** In the order of writing. */
  readonly read: () => readonly Entry[];
}

/** @throws UserError  other users could write it: what it says would not be worth anything */
export function openLedger(env: NodeJS.ProcessEnv): Ledger {
  const file = join(issuerDirectory(env), 'ledger.jsonl');
  return {
    file,
    add: (entry) => {
      append(file, JSON.stringify(entry));
    },
    read: () => entriesOf(contentOf(file)),
  };
}

/**
 * One write in append mode: lines of two writers do not mix. The line break comes first as well as last, so
 * that what a crash or a full disk left of an earlier line stays apart from this one.
 */
function append(file: string, line: string): void {
  const bytes = Buffer.from(`\n${line}\n`, 'utf8');
  try {
    makeDirectory(dirname(file));
    const descriptor = openSync(file, 'a', 0o600);
    try {
      refuseForeign(file, descriptor);
      const written = writeSync(descriptor, bytes);
      if (written < bytes.length) throw new UserError(`the ledger ${file} could not take a line`);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw unusable(file, error);
  }
}

function contentOf(file: string): string {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw unusable(file, error);
  }
  try {
    refuseForeign(file, descriptor);
    return readFileSync(descriptor, 'utf8');
  } finally {
    closeSync(descriptor);
  }
}

/** What is no entry was cut short, or is of a version to come: left out, as nothing can be done about it. */
function entriesOf(content: string): readonly Entry[] {
  return content.split('\n').flatMap((line) => {
    if (line === '') return [];
    try {
      return [parseEntry(JSON.parse(line))];
    } catch {
      return [];
    }
  });
}

function refuseForeign(file: string, descriptor: number): void {
  const { mode, uid } = fstatSync(descriptor);
  if (uid !== process.getuid?.() || (mode & 0o022) !== 0) {
    throw new UserError(
      `the ledger ${file} belongs to another user or can be written by others: not used; look who changed it`,
    );
  }
}

function unusable(file: string, error: unknown): UserError {
  if (error instanceof UserError) return error;
  const { code } = error as NodeJS.ErrnoException;
  return new UserError(`the ledger ${file} cannot be used (${code ?? 'unknown'})`);
}
