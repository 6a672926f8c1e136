import { readFile } from 'node:fs/promises';
import { UserError } from '../user-error.ts';
import type { Connection } from './openbao.ts';

/** First of the names that is set and not empty. Both families are in use; OpenBao's own come first. */
export function fromEnv(env: NodeJS.ProcessEnv, ...names: readonly string[]): string | undefined {
  return names.map((name) => env[name]).find((value) => value !== undefined && value !== '');
}

/**
 * Connection by the environment: BAO_ADDR or VAULT_ADDR (else the declared address), BAO_CACERT or
 * VAULT_CACERT, BAO_TOKEN or VAULT_TOKEN; BACKBONE_SOURCE_ADDRESS is the source address of its connections,
 * for a host that has several and a login that is bound to one of them.
 *
 * @throws UserError  the CA file cannot be read, or the address is not https
 */
export async function connectionFromEnv(
  env: NodeJS.ProcessEnv,
  declaredAddress: string,
): Promise<Connection> {
  const address = (fromEnv(env, 'BAO_ADDR', 'VAULT_ADDR') ?? declaredAddress).replace(/\/+$/, '');
  if (!address.startsWith('https://')) {
    throw new UserError(`OpenBao is spoken to over https only, got the address ${address}`);
  }
  const caFile = fromEnv(env, 'BAO_CACERT', 'VAULT_CACERT');
  return {
    address,
    ca: caFile === undefined ? undefined : await readCa(caFile),
    token: fromEnv(env, 'BAO_TOKEN', 'VAULT_TOKEN'),
    localAddress: fromEnv(env, 'BACKBONE_SOURCE_ADDRESS'),
  };
}

async function readCa(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    throw new UserError(`the CA file ${file} (BAO_CACERT or VAULT_CACERT) cannot be read`);
  }
}
