import { inside, number, object, optionalText, text } from '../contract/shape.ts';
import { call, OpenBaoError, type Connection } from './openbao.ts';

/** API paths of one AppRole; they come from the model or the contract, never from here. */
export interface AppRolePaths {
  readonly roleId: string;
  readonly secretId: string;
  /** Login path of the auth method, e.g. `auth/approle/login`. */
  readonly login: string;
}

/** A SecretID that nobody has seen: only who unwraps the token first gets it. */
export interface WrappedSecretId {
  /** Wrapping token: a secret until it is used. */
  readonly wrappingToken: string;
  /** Names the SecretID for its destruction, without giving it. */
  readonly accessor: string | undefined;
  /** End of the wrapping token, by the server's clock. */
  readonly expires: Date;
}

/** @param wrapTtl  life of the wrapping token in seconds, within the bounds of the issuer's policy */
export async function issueSecretId(
  connection: Connection,
  paths: AppRolePaths,
  wrapTtl: number,
): Promise<WrappedSecretId> {
  const answer = await call(connection, { method: 'POST', path: paths.secretId, wrapTtl });
  if (typeof answer?.wrap_info !== 'object' || answer.wrap_info === null) {
    throw new OpenBaoError(`the answer of ${paths.secretId} is not wrapped: not used`);
  }
  const wrapped = object(answer.wrap_info, 'wrap_info');
  const created = new Date(text(wrapped, 'creation_time')).getTime();
  return {
    wrappingToken: text(wrapped, 'token'),
    accessor: optionalText(wrapped, 'wrapped_accessor'),
    expires: new Date(created + number(wrapped, 'ttl') * 1000),
  };
}

export async function readRoleId(connection: Connection, paths: AppRolePaths): Promise<string> {
  const answer = await call(connection, { method: 'GET', path: paths.roleId });
  return text(object(answer?.data, paths.roleId), 'role_id');
}

/**
 * Takes the SecretID out of its wrapping, once.
 *
 * The wrapping must have been made by the path that issues this role's SecretIDs: one that was unwrapped
 * by someone else and wrapped again shows `sys/wrapping/...` there.
 *
 * @throws OpenBaoError  made elsewhere, expired, or unwrapped before: an incident, whoever unwrapped it
 *   has the SecretID
 */
export async function unwrapSecretId(
  connection: Connection,
  paths: AppRolePaths,
  wrappingToken: string,
): Promise<string> {
  const anonymous = { ...connection, token: undefined };
  const looked = await call(anonymous, {
    method: 'POST',
    path: 'sys/wrapping/lookup',
    body: { token: wrappingToken },
  });
  const creation_path = text(object(looked?.data, 'sys/wrapping/lookup'), 'creation_path');
  if (creation_path !== paths.secretId) {
    throw new OpenBaoError(
      `the wrapping was made by ${creation_path}, not by ${paths.secretId}: it was opened on its way ` +
        'and wrapped again; destroy that SecretID and look for whoever did it',
    );
  }
  const answer = await call(
    { ...connection, token: wrappingToken },
    { method: 'POST', path: 'sys/wrapping/unwrap' },
  );
  return text(object(answer?.data, 'sys/wrapping/unwrap'), 'secret_id');
}

/** @returns a token, and its life in seconds */
export async function loginAppRole(
  connection: Connection,
  paths: Pick<AppRolePaths, 'login'>,
  credentials: { readonly roleId: string; readonly secretId: string },
): Promise<{ readonly token: string; readonly ttl: number }> {
  const answer = await call(
    { ...connection, token: undefined },
    {
      method: 'POST',
      path: paths.login,
      body: { role_id: credentials.roleId, secret_id: credentials.secretId },
    },
  );
  const auth = inside(object(answer, paths.login), 'auth');
  return { token: text(auth, 'client_token'), ttl: number(auth, 'lease_duration') };
}

/**
 * A token of another identity, by one that may hand out its SecretIDs: wrapped, used once, and showing if
 * somebody else opened it.
 *
 * @param there  where the SecretID is unwrapped and used. @default - where it was issued
 */
export async function becomeAppRole(
  connection: Connection,
  paths: AppRolePaths,
  wrapTtl: number,
  there = connection,
): Promise<string> {
  const { wrappingToken } = await issueSecretId(connection, paths, wrapTtl);
  const { token } = await loginAppRole(there, paths, {
    roleId: await readRoleId(connection, paths),
    secretId: await unwrapSecretId(there, paths, wrappingToken),
  });
  return token;
}
