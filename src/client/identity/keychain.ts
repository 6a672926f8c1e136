import { readFileSync } from 'node:fs';
import { UserError } from '../../user-error.ts';
import type { FindIdentity } from './source.ts';
import { operatorTokenFile } from './token-file.ts';

/**
 * Where `backbone login --keychain` notes that it kept a token in the keychain: the digest of that token. Without it no
 * keychain is asked for, which may take time and show a window.
 */
export function keychainMark(env: NodeJS.ProcessEnv): string {
  return `${operatorTokenFile(env)}.keychain`;
}

/** The token of `backbone login --keychain`. The keychain itself is asked only when the token is needed. */
export const findKeychain: FindIdentity = ({ env }) => {
  let digest: string;
  try {
    digest = readFileSync(keychainMark(env), 'utf8').trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new UserError(`${keychainMark(env)} cannot be read (${code ?? 'unknown'})`);
  }
  return {
    described: 'the token in the keychain',
    binding: `token ${digest}`,
    open: async (connection) => {
      const { keychain } = await import('../login/keychain.ts');
      const chain = keychain();
      const token = await chain.read();
      if (chain.digest(token) !== digest) {
        throw new UserError(
          'the keychain holds another token than `backbone login` put there: log in again',
        );
      }
      return { connection: { ...connection, token }, close: () => Promise.resolve() };
    },
  };
};
