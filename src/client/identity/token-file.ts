import { readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../user-error.ts';
import { fromEnv } from '../connection.ts';
import { borrowed } from './borrowed.ts';
import type { FindIdentity } from './source.ts';

/** Where `backbone login` keeps an operator's token: 0600, the bare token and a line end. */
export function operatorTokenFile(env: NodeJS.ProcessEnv): string {
  const state = fromEnv(env, 'XDG_STATE_HOME') ?? join(env['HOME'] ?? homedir(), '.local', 'state');
  return join(state, 'credential-backbone', 'token');
}

/**
 * The sink of an agent (BAO_TOKEN_FILE), or the token of `backbone login`. A named one has to be there; an
 * agent that is not up yet is not silently replaced by another identity.
 */
export const findTokenFile: FindIdentity = ({ env }) => {
  const named = fromEnv(env, 'BAO_TOKEN_FILE');
  const file = named ?? operatorTokenFile(env);
  const described = `the token in ${file}`;
  let text: string;
  try {
    const { mode } = statSync(file);
    // An agent's sink is 0640 by default, so that its group can read it.
    if ((mode & 0o007) !== 0) {
      throw new UserError(`${described} is open to everybody: chmod 600 it, and revoke the token`);
    }
    text = readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (error instanceof UserError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && named === undefined) return undefined;
    throw new UserError(`${described} cannot be read (${code ?? 'unknown'})`);
  }
  return borrowed(text, described);
};
