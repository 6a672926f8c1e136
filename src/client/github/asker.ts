import type { Contract, GithubContract } from '../../contract/contract.ts';
import { UserError } from '../../user-error.ts';
import { ownConsumer } from '../certificate/consumer.ts';
import { readIdentity } from '../certificate/identity.ts';
import { hasIdentity, stateDirectory } from '../certificate/state-place.ts';
import { connectionOf } from '../connection.ts';
import { findIdentity } from '../identity/find.ts';
import type { Asker } from './broker.ts';

/** @throws UserError  this host's consumer is granted nothing of GitHub */
export function githubOf(contract: Contract): GithubContract {
  const { github, name } = ownConsumer(contract);
  if (github !== undefined) return github;
  throw new UserError(
    `${name} is granted nothing of GitHub: add \`github: <context>\` to its grants`,
  );
}

/**
 * Runs `work` as this host's consumer: by its certificate where it has one, so that OpenBao is not even asked; else by
 * whatever token this machine has for OpenBao.
 */
export async function asConsumer<T>(
  contract: Contract,
  env: NodeJS.ProcessEnv,
  work: (asker: Asker) => Promise<T>,
): Promise<T> {
  const connection = connectionOf(contract, env);
  const { localAddress } = connection;
  const from = localAddress === undefined ? {} : { localAddress };
  const state = stateDirectory(env);
  if (ownConsumer(contract).certificate !== undefined && hasIdentity(state)) {
    const identity = readIdentity(state);
    if (identity !== undefined) return work({ ...from, clientCertificate: identity.pair });
  }
  const opened = await findIdentity({ env, contract }).open(connection);
  try {
    return await work({ ...from, openbao: opened.connection });
  } finally {
    await opened.close();
  }
}
