import {
  closeSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { UserError } from '../../user-error.ts';
import { makeDirectory } from '../make-directory.ts';

/**
 * Makes the directory, for its owner alone.
 *
 * @throws UserError  it cannot be made, or belongs to another user, or others may look into it
 */
export function ensurePrivate(directory: string): void {
  try {
    makeDirectory(directory);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError(
      `the directory ${directory} cannot be made (${code ?? 'unknown'}): run this as the user who owns it, ` +
        'or name another with BACKBONE_STATE',
    );
  }
  const { mode, uid } = statSync(directory);
  if (uid !== process.getuid?.()) {
    throw new UserError(`the directory ${directory} belongs to another user`);
  }
  if ((mode & 0o077) !== 0) {
    throw new UserError(`the directory ${directory} is open to others: chmod 0700 it`);
  }
}

/**
 * Writes a file of mode 0600 as a whole: whoever reads it, and whenever this is killed, finds the old content
 * or the new one. On disk when it returns.
 *
 * @throws UserError  the disk is full, or the place cannot be written
 */
export function writeWhole(file: string, content: string): void {
  const beside = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    const descriptor = openSync(beside, 'wx', 0o600);
    try {
      writeFileSync(descriptor, content);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(beside, file);
    syncDirectory(dirname(file));
  } catch (error) {
    rmSync(beside, { force: true });
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError(`${file} cannot be written (${code ?? 'unknown'})`);
  }
}

/** A rename is on disk when its directory is. */
function syncDirectory(directory: string): void {
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

export const inState = (state: string, name: string) => join(state, name);
