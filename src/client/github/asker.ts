import type { Contract, GithubContract } from '../../contract/contract.ts';
import { UserError } from '../../user-error.ts';
import { ownConsumer } from '../certificate/consumer.ts';
import { readIdentity } from '../certificate/identity.ts';
import { hasIdentity, stateDirectory } from '../certificate/state-place.ts';
import { connectionOf } from '../connection.ts';
import { findIdentity } from '../identity/find.ts';
import type { Connection } from '../openbao.ts';
import type { Asker } from './broker.ts';

/** @throws UserError  this host's consumer is granted nothing of GitHub */
export function githubOf(contract: Contract): GithubContract {
  const { github, name } = ownConsumer(contract);
  if (github !== undefined) return github;
  throw new UserError(
    `${name} is granted nothing of GitHub: add \`github: <context>\` to its grants`,
  );
}

/** By the certificate of this host, so that OpenBao is not even asked; undefined where it has none. */
export function certifiedAsker(contract: Contract, env: NodeJS.ProcessEnv): Asker | undefined {
  const { localAddress } = connectionOf(contract, env);
  const state = stateDirectory(env);
  if (ownConsumer(contract).certificate === undefined || !hasIdentity(state)) return undefined;
  const identity = readIdentity(state);
  if (identity === undefined) return undefined;
  return {
    clientCertificate: identity.pair,
    ...(localAddress === undefined ? {} : { localAddress }),
  };
}

/** By a token of OpenBao, which gives a proof. */
export function provingAsker(openbao: Connection): Asker {
  const { localAddress } = openbao;
  return { openbao, ...(localAddress === undefined ? {} : { localAddress }) };
}

/**
 * Runs `work` as this host's consumer: by its certificate where it has one, else by whatever token this machine has
 * for OpenBao.
 */
export async function asConsumer<T>(
  contract: Contract,
  env: NodeJS.ProcessEnv,
  work: (asker: Asker) => Promise<T>,
): Promise<T> {
  const certified = certifiedAsker(contract, env);
  if (certified !== undefined) return work(certified);
  const opened = await findIdentity({ env, contract }).open(connectionOf(contract, env));
  try {
    return await work(provingAsker(opened.connection));
  } finally {
    await opened.close();
  }
}
