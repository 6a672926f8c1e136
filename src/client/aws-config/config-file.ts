import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  lstatSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { UserError } from '../../user-error.ts';
import { fromEnv } from '../connection.ts';
import { makeDirectory } from '../make-directory.ts';

/** Where AWS's tools look (AWS SDKs and Tools Reference, "Location of the shared config and credentials files"). */
export function awsConfigFile(env: NodeJS.ProcessEnv): string {
  const named = fromEnv(env, 'AWS_CONFIG_FILE');
  return named ?? join(fromEnv(env, 'HOME') ?? homedir(), '.aws', 'config');
}

/**
 * Changes the file, whole or not at all: a link stays a link, owner and mode stay, and a new file is 0600. An
 * unchanged one is not touched.
 *
 * @returns whether anything changed
 * @throws UserError  it cannot be read or written, or somebody else wrote it at the same time
 */
export function changeConfig(file: string, change: (text: string) => string): boolean {
  try {
    const target = targetOf(file);
    const before = target === undefined ? '' : readFileSync(target, 'utf8');
    const after = change(before);
    if (after === before) return false;
    replace(target ?? file, before, after, target !== undefined);
    return true;
  } catch (error) {
    if (error instanceof UserError) throw new UserError(`${file}: ${error.message}`);
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new UserError(`${file} could not be changed (${code}): it is as it was`);
  }
}

/** The file itself, behind a link; undefined where there is none yet. */
function targetOf(file: string): string | undefined {
  try {
    return realpathSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  try {
    lstatSync(file);
  } catch {
    return undefined;
  }
  throw new UserError('it is a link to a file that is not there');
}

function replace(target: string, before: string, after: string, exists: boolean): void {
  makeDirectory(dirname(target));
  const beside = `${target}.${randomBytes(6).toString('hex')}.new`;
  try {
    const old = exists ? statSync(target) : undefined;
    writeFileSync(beside, after, { mode: 0o600, flag: 'wx' });
    if (old !== undefined) {
      if (old.uid !== process.getuid?.()) chownSync(beside, old.uid, old.gid);
      chmodSync(beside, old.mode & 0o7777);
    }
    if (exists ? readFileSync(target, 'utf8') !== before : isThere(target)) {
      throw new UserError('somebody else changed it just now: nothing was written, try again');
    }
    renameSync(beside, target);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}

function isThere(file: string): boolean {
  try {
    lstatSync(file);
    return true;
  } catch {
    return false;
  }
}
