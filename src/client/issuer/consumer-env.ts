import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Contract } from '../../contract/contract.ts';
import { fromEnv } from '../connection.ts';
import { issuerDirectory } from './ledger.ts';
import type { Delivery } from './mint.ts';
import { makeDirectory } from '../make-directory.ts';

/** The issuer's own credentials: a consumer must not inherit what can make it another one. */
const ofTheIssuer = [
  'BAO_TOKEN',
  'VAULT_TOKEN',
  'BAO_TOKEN_FILE',
  'BAO_ROLE_ID',
  'BAO_SECRET_ID',
  'BAO_SECRET_ID_FILE',
];

/** An environment without them. */
export function withoutIssuer(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !ofTheIssuer.includes(name)));
}

/** Environment of a consumer: that of its launcher without the issuer's credentials, and what is delivered. */
export function consumerEnv(
  env: NodeJS.ProcessEnv,
  contract: Contract,
  delivery: Delivery,
): NodeJS.ProcessEnv {
  const ca = fromEnv(env, 'BAO_CACERT', 'VAULT_CACERT') ?? caFile(env, contract);
  return {
    ...withoutIssuer(env),
    BAO_WRAPPED_SECRET_ID: delivery.wrappingToken,
    BAO_ROLE_ID: delivery.roleId,
    BAO_SECRET_ID_ACCESSOR: delivery.accessor,
    BAO_WRAPPED_SECRET_ID_EXPIRES: delivery.expires,
    BAO_ADDR: fromEnv(env, 'BAO_ADDR', 'VAULT_ADDR') ?? contract.openbao.addresses[0],
    ...(ca === undefined ? {} : { BAO_CACERT: ca }),
  };
}

/** The CA of the contract as a file, as programs want one. Not secret. */
function caFile(env: NodeJS.ProcessEnv, { openbao }: Contract): string | undefined {
  if (openbao.caCertificate === undefined) return undefined;
  const directory = issuerDirectory(env);
  const file = join(directory, 'ca.pem');
  makeDirectory(directory);
  writeFileSync(`${file}.${String(process.pid)}`, openbao.caCertificate, { mode: 0o644 });
  renameSync(`${file}.${String(process.pid)}`, file);
  return file;
}
