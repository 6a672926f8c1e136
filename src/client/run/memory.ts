import { accessSync, constants, mkdtempSync, realpathSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../user-error.ts';
import { fromEnv } from '../connection.ts';

/** File systems that live in memory, by their `f_type` (statfs(2), Linux): tmpfs and ramfs. */
const inMemory = new Set([0x01021994, 0x858458f6]);

const remedy =
  'choose a place on tmpfs, such as below /run or /dev/shm, or allow it with --allow-disk';

/** Whether what is written there is gone when the power is. */
export function isInMemory(directory: string): boolean {
  try {
    // Negative where the type is a 32-bit number with its first bit set.
    return inMemory.has(statfsSync(directory).type >>> 0);
  } catch {
    return false;
  }
}

/**
 * A new directory of this process in memory, for its user alone.
 *
 * @throws UserError  there is no such place, and the disk is not allowed
 */
export function privateDirectory(env: NodeJS.ProcessEnv, allowDisk: boolean): string {
  const places = [fromEnv(env, 'RUNTIME_DIRECTORY'), fromEnv(env, 'XDG_RUNTIME_DIR'), '/dev/shm'];
  const place =
    places.find((one) => one !== undefined && isInMemory(one) && isWritable(one)) ??
    (allowDisk ? tmpdir() : undefined);
  if (place === undefined) {
    throw new UserError(`there is no directory in memory for this run: ${remedy}`);
  }
  return mkdtempSync(join(place, 'backbone-'));
}

/**
 * @param file  where a template goes
 * @throws UserError  its directory is not there, or on a disk that is not allowed
 */
export function checkPlace(file: string, directory: string, allowDisk: boolean): void {
  let real: string;
  try {
    real = realpathSync(directory);
  } catch {
    throw new UserError(`${directory}, where ${file} is to be written, is not there`);
  }
  if (!allowDisk && !isInMemory(real)) {
    throw new UserError(`${file} would leave a secret on a disk: ${remedy}`);
  }
}

function isWritable(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
