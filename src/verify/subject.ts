import { issueSecretId, readRoleId, unwrapSecretId } from '../client/approle.ts';
import { call, type Connection } from '../client/openbao.ts';
import type { Backbone } from '../model/backbone.ts';
import type { Consumer } from '../model/consumer.ts';
import { mounts, verifierPaths } from '../model/names.ts';
import { UserError } from '../user-error.ts';
import { ownAddress } from './addresses.ts';
import { shortOf } from './attempt.ts';
import { logIn, type LoggedIn, type Officials } from './officials.ts';
import type { Remains } from './remains.ts';

/** A consumer as this run can be it. */
export interface Subject extends LoggedIn {
  /** `login`: with a SecretID of its own role, at its own address. `role`: a token with its policy alone. */
  readonly way: 'login' | 'role';
  readonly described: string;
}

export interface Means {
  readonly backbone: Backbone;
  readonly officials: Officials;
  readonly remains: Remains;
}

export const loginPath = `auth/${mounts.approle}/login`;

export function pathsOf(consumer: Consumer) {
  return { ...consumer.paths, login: loginPath };
}

/**
 * The consumer by its own login, where this machine has one of its addresses and may issue its SecretIDs;
 * otherwise a token with exactly its policy, which the token role `verifier` gives.
 *
 * @returns why neither
 */
export async function become(means: Means, consumer: Consumer): Promise<Subject | string> {
  const byLogin = await throughLogin(means, consumer).catch(reason);
  if (typeof byLogin !== 'string') return byLogin;
  const byRole = await throughRole(means, consumer, '600s').catch(reason);
  return typeof byRole === 'string' ? `${byLogin}; ${byRole}` : byRole;
}

async function throughLogin(means: Means, consumer: Consumer): Promise<Subject | string> {
  const localAddress = await ownAddress(consumer.from);
  if (localAddress === undefined) return 'this machine has no address of it';
  const issuer = await means.officials.become('secret-id-issuer');
  if (typeof issuer === 'string') return issuer;
  const there = { ...issuer.connection, token: undefined, localAddress };
  const issued = await mintSecretId(means, issuer.connection, consumer);
  const paths = pathsOf(consumer);
  const body = {
    role_id: await readRoleId(issuer.connection, paths),
    secret_id: await unwrapSecretId(there, paths, issued.wrappingToken),
  };
  const login = await logIn(there, { path: loginPath, body }, consumer.name, means.remains);
  // Used up, unless its role has been widened.
  await destroySecretId(means, issuer.connection, consumer, issued.accessor);
  return { ...login, way: 'login', described: `login at ${localAddress}` };
}

/** @param ttl  of the token, e.g. `5s`; the token role has its own bound */
export async function throughRole(
  { officials, remains }: Means,
  consumer: Consumer,
  ttl: string,
): Promise<Subject | string> {
  const verifier = await officials.become('verifier');
  if (typeof verifier === 'string') return verifier;
  const request = { path: verifierPaths.token, body: { policies: [consumer.policy], ttl } };
  const made = await logIn(verifier.connection, request, consumer.name, remains);
  return { ...made, way: 'role', described: `token of ${consumer.policy}` };
}

export interface Issued {
  readonly wrappingToken: string;
  readonly accessor: string;
}

/** A wrapped SecretID of this run, noted until it is used or destroyed. */
export async function mintSecretId(
  { backbone, remains }: Means,
  issuer: Connection,
  consumer: Consumer,
): Promise<Issued> {
  const { wrapTtl } = backbone.declaration.openbao;
  const { wrappingToken, accessor } = await issueSecretId(issuer, pathsOf(consumer), wrapTtl.min);
  if (accessor === undefined) throw new UserError('the server named no accessor of a SecretID');
  const until = new Date(Date.now() + consumer.secretIdTtl * 1000).toISOString();
  await remains.add({ kind: 'SecretID', name: accessor, who: consumer.name, until });
  return { wrappingToken, accessor };
}

export async function destroySecretId(
  { remains }: Pick<Means, 'remains'>,
  by: Connection,
  consumer: Consumer,
  accessor: string,
): Promise<void> {
  await call(by, {
    method: 'POST',
    path: consumer.paths.destroyAccessor,
    body: { secret_id_accessor: accessor },
  }).catch((error: unknown) => {
    // Used, expired or destroyed: the server does not tell them apart.
    if (!/failed to find accessor entry|invalid secret id accessor/.test(String(error)))
      throw error;
  });
  await remains.gone(accessor);
}

function reason(error: unknown): string {
  if (!(error instanceof UserError)) throw error;
  return shortOf(error);
}
