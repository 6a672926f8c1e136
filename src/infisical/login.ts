import { number, object, text } from '../contract/shape.ts';
import { callInfisical, type InfisicalConnection } from './api.ts';

/** What Universal Auth asks for. */
export interface UniversalLogin {
  readonly clientId: string;
  readonly clientSecret: string;
}

export interface AccessToken {
  readonly token: string;
  /** Seconds that it lives. */
  readonly ttl: number;
}

/**
 * One login: a use of the client secret.
 *
 * @throws InfisicalError  wrong, expired or used-up client secret, or another address than its trusted ones
 */
export async function logIn(
  connection: Omit<InfisicalConnection, 'token'>,
  { clientId, clientSecret }: UniversalLogin,
): Promise<AccessToken> {
  const path = 'v1/auth/universal-auth/login';
  const answer = object(
    await callInfisical(
      { ...connection, token: undefined },
      { method: 'POST', path, body: { clientId, clientSecret } },
    ),
    path,
  );
  return { token: text(answer, 'accessToken'), ttl: number(answer, 'expiresIn') };
}

/** Gives a token up; it is dead at once. */
export async function logOut(connection: InfisicalConnection): Promise<void> {
  await callInfisical(connection, {
    method: 'POST',
    path: 'v1/auth/token/revoke',
    body: { accessToken: connection.token },
  });
}
