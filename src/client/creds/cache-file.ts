import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { number, object, ShapeError, text } from '../../contract/shape.ts';
import { sha256 } from '../sha256.ts';
import type { Minted } from './mint.ts';
import { longestLife, parseSession } from './session.ts';

/** A cached session, why what is there cannot be trusted, or nothing. */
export interface Cached {
  readonly session?: Minted;
  readonly refused?: string;
}

/** Far longer than any session. */
const longest = 65_536;

/**
 * Reads a session that this user wrote for the same binding, whole. Whatever else stands there is not trusted,
 * and replaced by the next one that is written.
 */
export function readCached(file: string, binding: string): Cached {
  let descriptor: number;
  try {
    // No symbolic link is followed, and a FIFO does not stop us.
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    descriptor = openSync(file, flags);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? {} : { refused: `cannot be opened (${code ?? 'unknown'})` };
  }
  try {
    const found = fstatSync(descriptor);
    if (!found.isFile()) return { refused: 'is no file' };
    if (found.uid !== process.getuid?.()) return { refused: 'belongs to somebody else' };
    if ((found.mode & 0o077) !== 0) return { refused: 'is open to others' };
    if (found.nlink !== 1) return { refused: 'has a second name' };
    if (found.size > longest) return { refused: 'is too long' };
    return { session: parse(readFileSync(descriptor, 'utf8'), binding) };
  } catch (error) {
    if (error instanceof SyntaxError) return { refused: 'is damaged' };
    if (error instanceof ShapeError) return { refused: error.message };
    return { refused: `cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})` };
  } finally {
    closeSync(descriptor);
  }
}

/** @throws SyntaxError | ShapeError */
function parse(content: string, binding: string): Minted {
  const file = object(JSON.parse(content), 'the cached session');
  if (number(file, 'version') !== 1) throw new ShapeError('is of another version');
  const entry = text(file, 'entry');
  if (text(file, 'digest') !== sha256(entry)) throw new ShapeError('is damaged');
  const inner = object(JSON.parse(entry), 'entry');
  if (text(inner, 'binding') !== binding) throw new ShapeError('is for somebody or something else');
  const session = parseSession(inner, 'session');
  const minted = number(inner, 'minted');
  const skew = number(inner, 'skew');
  if (session.expires - minted - skew > longestLife * 1000) throw new ShapeError('ends too late');
  return { ...session, minted, skew };
}

/**
 * Puts a session in the place of whatever is there, whole or not at all. The digest is against damage; against a
 * forger there is the directory, where only this user can write.
 *
 * @throws Error  of the file system, e.g. a full disk; what was there is still there
 */
export function writeCached(file: string, binding: string, minted: Minted): void {
  const { accessKeyId, secretAccessKey, sessionToken, expires, skew } = minted;
  const session = { accessKeyId, secretAccessKey, sessionToken, expires };
  const entry = JSON.stringify({ binding, session, minted: minted.minted, skew });
  const beside = `${file}.${String(process.pid)}-${String(Date.now())}.new`;
  try {
    const content = JSON.stringify({ version: 1, digest: sha256(entry), entry });
    writeFileSync(beside, `${content}\n`, { mode: 0o600, flag: 'wx' });
    renameSync(beside, file);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}
