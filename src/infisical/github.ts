import { inside, object, objects, text, type Shape } from '../contract/shape.ts';
import { UserError } from '../user-error.ts';
import { callInfisical, type InfisicalConnection } from './api.ts';

/** A sync to GitHub Actions secrets, as Infisical tells of it. */
export interface GithubSyncStatus {
  readonly id: string;
  /** Undefined before the first run. Infisical's words: `pending`, `running`, `succeeded`, `failed`. */
  readonly status: string | undefined;
  /** What GitHub or Infisical said of a failure. */
  readonly message: string | undefined;
  /** Time of the last run, RFC 3339. */
  readonly ranAt: string | undefined;
}

/** How a workflow logs in. */
export interface GithubLogin {
  readonly issuer: string;
  readonly subject: string;
  readonly audiences: string;
}

const syncs = 'v1/secret-syncs/github';

/** @throws UserError  there is none of that name: the stack infisical is not deployed */
export async function findGithubSync(
  connection: InfisicalConnection,
  projectId: string,
  name: string,
): Promise<GithubSyncStatus> {
  const path = `${syncs}?projectId=${encodeURIComponent(projectId)}`;
  const answer = object(await callInfisical(connection, { method: 'GET', path }), syncs);
  const found = objects(answer, 'secretSyncs').find((sync) => text(sync, 'name') === name);
  if (found === undefined) {
    throw new UserError(`Infisical has no sync ${name}; deploy it: backbone deploy infisical`);
  }
  return statusOf(found);
}

export async function readGithubSync(
  connection: InfisicalConnection,
  id: string,
): Promise<GithubSyncStatus> {
  return oneSync(connection, 'GET', `${syncs}/${id}`);
}

/** Lets it copy now what it copies after each change: a job, whose end {@link readGithubSync} shows. */
export async function startGithubSync(connection: InfisicalConnection, id: string): Promise<void> {
  await oneSync(connection, 'POST', `${syncs}/${id}/sync-secrets`);
}

async function oneSync(
  connection: InfisicalConnection,
  method: 'GET' | 'POST',
  path: string,
): Promise<GithubSyncStatus> {
  const body = method === 'POST' ? { body: {} } : {};
  const answer = object(await callInfisical(connection, { method, path, ...body }), path);
  return statusOf(inside(answer, 'secretSync'));
}

function statusOf(sync: Shape): GithubSyncStatus {
  return {
    id: text(sync, 'id'),
    status: said(sync, 'syncStatus'),
    message: said(sync, 'lastSyncMessage'),
    ranAt: said(sync, 'lastSyncedAt'),
  };
}

/** Null, absent and empty are one here. */
function said({ value }: Shape, key: string): string | undefined {
  const found = value[key];
  return typeof found === 'string' && found !== '' ? found : undefined;
}

export async function readGithubLogin(
  connection: InfisicalConnection,
  identityId: string,
): Promise<GithubLogin> {
  const path = `v1/auth/oidc-auth/identities/${identityId}`;
  const answer = object(await callInfisical(connection, { method: 'GET', path }), path);
  const login = inside(answer, 'identityOidcAuth');
  return {
    issuer: text(login, 'boundIssuer'),
    subject: text(login, 'boundSubject'),
    audiences: text(login, 'boundAudiences'),
  };
}

/** @throws InfisicalError  refused, which is 401 for a token that the issuer did not sign */
export async function logInByGithubToken(
  connection: Omit<InfisicalConnection, 'token'>,
  identityId: string,
  jwt: string,
): Promise<void> {
  const path = 'v1/auth/oidc-auth/login';
  const body = { identityId, jwt };
  await callInfisical({ ...connection, token: undefined }, { method: 'POST', path, body });
}
