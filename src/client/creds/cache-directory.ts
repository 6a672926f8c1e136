import { lstatSync, type Stats } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { UserError } from '../../user-error.ts';
import { fromEnv } from '../connection.ts';
import { makeDirectory } from '../make-directory.ts';

/** As the XDG specification asks, XDG_CACHE_HOME counts only where it is absolute. */
export function cacheDirectory(env: NodeJS.ProcessEnv): string {
  const named = fromEnv(env, 'XDG_CACHE_HOME');
  const usual = join(fromEnv(env, 'HOME') ?? homedir(), '.cache');
  const base = named !== undefined && isAbsolute(named) ? named : usual;
  return join(base, 'credential-backbone');
}

/**
 * Makes sure that nobody else can put anything there.
 *
 * @returns false where there is no directory and none can be made: a system without a place to write
 * @throws UserError  there is one that others could have written to
 */
export function isUsable(directory: string): boolean {
  const found = look(directory) ?? make(directory);
  if (found === undefined) return false;
  const wrong = !found.isDirectory()
    ? 'is no directory'
    : found.uid !== process.getuid?.()
      ? 'belongs to somebody else'
      : (found.mode & 0o077) !== 0
        ? `is open to others (mode ${(found.mode & 0o777).toString(8)})`
        : undefined;
  if (wrong === undefined) return true;
  throw new UserError(
    `the cache ${directory} ${wrong}, so nothing in it can be trusted: remove it, or use --no-cache`,
  );
}

function look(directory: string): Stats | undefined {
  try {
    return lstatSync(directory);
  } catch {
    return undefined;
  }
}

function make(directory: string): Stats | undefined {
  try {
    makeDirectory(directory);
    return look(directory);
  } catch {
    return undefined;
  }
}
