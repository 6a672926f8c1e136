import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ensurePrivate, inState, writeWhole } from './state.ts';
import { makeDirectory } from '../make-directory.ts';

/**
 * The marks that this host has left at OpenBao, one a login. A mark is kept here before it is left there, so
 * that whatever is found there and is not here was left by somebody else with the same certificate.
 *
 * A file each, so that any number of processes may add at once and none can be lost by a kill.
 */
const directory = (state: string) => inState(state, 'marks');

/** Marks kept beside the last: more than logins can be on their way at once, as one host has few processes. */
const kept = 256;

/** Makes one and keeps it, on disk when it returns. */
export function newMark(state: string): string {
  ensurePrivate(state);
  makeDirectory(directory(state));
  const mark = randomBytes(16).toString('hex');
  writeWhole(join(directory(state), mark), '');
  return mark;
}

/** Whether this host left it. What is no mark at all was left by somebody else. */
export function isOwnMark(state: string, mark: string): boolean {
  return /^[0-9a-f]{32}$/.test(mark) && existsSync(join(directory(state), mark));
}

/** Forgets the oldest. */
export function forgetMarks(state: string, current: string): void {
  const names = readdirSync(directory(state));
  if (names.length <= kept) return;
  const aged = names
    .filter((name) => name !== current)
    .map((name) => ({ name, at: ageOf(join(directory(state), name)) }))
    .sort((one, other) => other.at - one.at);
  for (const { name } of aged.slice(kept / 2))
    rmSync(join(directory(state), name), { force: true });
}

/** Another process may have forgotten it meanwhile. */
function ageOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
