import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a directory, 0700, and those above it. Node's own recursive one never ends where a file system makes none
 * (`/proc`).
 *
 * @throws Error  of the file system
 */
export function makeDirectory(directory: string): void {
  if (makeOne(directory)) return;
  makeDirectory(dirname(directory));
  if (!makeOne(directory)) throw new Error(`${directory} cannot be made`);
}

/** @returns false: what is above it is not there. One that another process made meanwhile is as good. */
function makeOne(directory: string): boolean {
  try {
    mkdirSync(directory, { mode: 0o700 });
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return true;
    if (code === 'ENOENT' && dirname(directory) !== directory) return false;
    throw error;
  }
}
