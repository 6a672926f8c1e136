import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a directory, 0700, and those above it. Node's own recursive one never ends where a file system makes none
 * (`/proc`).
 *
 * @throws Error  of the file system
 */
export function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    const above = dirname(directory);
    if (code !== 'ENOENT' || above === directory) throw error;
    makeDirectory(above);
    mkdirSync(directory, { mode: 0o700 });
  }
}
