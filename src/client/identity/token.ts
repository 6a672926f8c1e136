import { fromEnv } from '../connection.ts';
import { borrowed } from './borrowed.ts';
import type { FindIdentity } from './source.ts';

/** A token in the environment: somebody chose it for this very call. */
export const findToken: FindIdentity = ({ env }) => {
  const token = fromEnv(env, 'BAO_TOKEN', 'VAULT_TOKEN');
  return token === undefined ? undefined : borrowed(token, 'the token in BAO_TOKEN or VAULT_TOKEN');
};
