import { readFileSync, statSync } from 'node:fs';
import { UserError } from '../../user-error.ts';
import { fromEnv } from '../connection.ts';
import type { FindIdentity } from './source.ts';

/**
 * An AppRole whose SecretID may be used more than once: BAO_ROLE_ID with BAO_SECRET_ID, or BAO_SECRET_ID_FILE.
 * A single-use one makes one session; `backbone bootstrap` is for those.
 */
export const findAppRole: FindIdentity = ({ env, contract }) => {
  const roleId = fromEnv(env, 'BAO_ROLE_ID');
  const file = fromEnv(env, 'BAO_SECRET_ID_FILE');
  const given = fromEnv(env, 'BAO_SECRET_ID');
  if (roleId === undefined || (file === undefined && given === undefined)) return undefined;
  return {
    described: `the AppRole of BAO_ROLE_ID`,
    binding: `approle ${roleId}`,
    open: async (connection) => {
      const secretId = given ?? readSecretId(file ?? '');
      const { loginAppRole } = await import('../approle.ts');
      const { ownToken } = await import('./login.ts');
      const { token } = await loginAppRole(
        connection,
        { login: contract.logins.approle },
        { roleId, secretId },
      );
      return ownToken(connection, token);
    },
  };
};

function readSecretId(file: string): string {
  try {
    if ((statSync(file).mode & 0o007) !== 0) {
      throw new UserError(`the SecretID in ${file} is open to everybody: destroy it`);
    }
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`the SecretID file ${file} (BAO_SECRET_ID_FILE) cannot be read`);
  }
}
