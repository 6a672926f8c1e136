import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Contract } from '../contract/contract.ts';
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
  const address = httpsAddress(fromEnv(env, 'BAO_ADDR', 'VAULT_ADDR') ?? declaredAddress);
  const caFile = fromEnv(env, 'BAO_CACERT', 'VAULT_CACERT');
  return {
    address,
    ca: caFile === undefined ? undefined : await readCa(caFile),
    token: fromEnv(env, 'BAO_TOKEN', 'VAULT_TOKEN'),
    localAddress: fromEnv(env, 'BACKBONE_SOURCE_ADDRESS'),
  };
}

/**
 * Connection of a client, without a token: all nodes of the contract and its CA; BAO_ADDR and BAO_CACERT (or
 * VAULT_...) take their places. BACKBONE_SOURCE_ADDRESS as above.
 *
 * @throws UserError  as for {@link connectionFromEnv}
 */
export function connectionOf(contract: Contract, env: NodeJS.ProcessEnv): Connection {
  const named = fromEnv(env, 'BAO_ADDR', 'VAULT_ADDR');
  const [address = '', ...standbys] = (
    named === undefined ? contract.openbao.addresses : [named]
  ).map(httpsAddress);
  const caFile = fromEnv(env, 'BAO_CACERT', 'VAULT_CACERT');
  const ca = caFile === undefined ? contract.openbao.caCertificate : readCaNow(caFile);
  const localAddress = fromEnv(env, 'BACKBONE_SOURCE_ADDRESS');
  return { address, standbys, ca, token: undefined, localAddress };
}

function httpsAddress(given: string): string {
  const address = given.replace(/\/+$/, '');
  let url: URL | undefined;
  try {
    url = new URL(address);
  } catch {
    url = undefined;
  }
  if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '') {
    throw new UserError(
      'OpenBao is spoken to over https only, at an address like https://openbao.example.net:8200; ' +
        'look at BAO_ADDR, VAULT_ADDR or the contract',
    );
  }
  return address;
}

async function readCa(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    throw unreadableCa(file);
  }
}

function readCaNow(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw unreadableCa(file);
  }
}

function unreadableCa(file: string): UserError {
  return new UserError(`the CA file ${file} (BAO_CACERT or VAULT_CACERT) cannot be read`);
}
