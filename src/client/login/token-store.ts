import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import { UserError } from '../../user-error.ts';
import { keychainMark } from '../identity/keychain.ts';
import { operatorTokenFile } from '../identity/token-file.ts';
import { keychain } from './keychain.ts';
import { makeDirectory } from '../make-directory.ts';

/** Where the operator's token is kept until it ends. */
export interface TokenStore {
  /** For people. */
  readonly described: string;
  readonly write: (token: string) => Promise<void>;
}

/** A file of mode 0600: everybody's way. */
export function fileStore(env: NodeJS.ProcessEnv): TokenStore {
  const file = operatorTokenFile(env);
  return {
    described: file,
    write: async (token) => {
      await removeStored(env);
      writePrivate(file, `${token}\n`);
    },
  };
}

/**
 * The keychain of this system. A mark beside where the file would be says so, and which token it is (its digest), so
 * that nobody without one asks for a keychain.
 *
 * @throws UserError  there is none
 */
export function keychainStore(env: NodeJS.ProcessEnv): TokenStore {
  const chain = keychain();
  return {
    described: chain.described,
    write: async (token) => {
      await removeStored(env);
      await chain.store(token);
      writePrivate(keychainMark(env), `${chain.digest(token)}\n`);
    },
  };
}

/** @returns undefined where nobody is logged in */
export async function readStored(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const file = readIfThere(operatorTokenFile(env));
  if (file !== undefined) return file.trim();
  return readIfThere(keychainMark(env)) === undefined ? undefined : keychain().read();
}

/** Wherever it was. */
export async function removeStored(env: NodeJS.ProcessEnv): Promise<void> {
  rmSync(operatorTokenFile(env), { force: true });
  if (readIfThere(keychainMark(env)) === undefined) return;
  // A keychain that has lost it, or is gone, must not keep anybody logged in here.
  await keychain()
    .remove()
    .catch(() => undefined);
  rmSync(keychainMark(env), { force: true });
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new UserError(`${file} cannot be read (${code ?? 'unknown'})`);
  }
}

/** Whole or not at all, and never open to anybody else. */
function writePrivate(file: string, content: string): void {
  const beside = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    makeDirectory(dirname(file));
    const descriptor = openSync(beside, 'wx', 0o600);
    try {
      writeSync(descriptor, content);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(beside, file);
  } catch (error) {
    rmSync(beside, { force: true });
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError(`${file} cannot be written (${code ?? 'unknown'})`);
  }
}
