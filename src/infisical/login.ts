import { number, object, text, type Shape } from '../contract/shape.ts';
import { callInfisical, type InfisicalConnection } from './api.ts';

/** What Universal Auth asks for. */
export interface UniversalLogin {
  readonly clientId: string;
  readonly clientSecret: string;
}

export interface AccessToken {
  readonly token: string;
  /** Seconds that it lives, from the moment of the answer. */
  readonly ttl: number;
  /** Longest life with renewals, in seconds from the login; 0: no end. */
  readonly maxTtl: number;
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
  return accessToken(answer);
}

/**
 * Another token with a whole life of its own. The one that was shown is not prolonged: it keeps its end. Past the
 * longest life the server does not shorten the new one, it ends both (identity-access-token-service.ts).
 *
 * @throws InfisicalError  the token has ended, is used up, or would outlive its longest life
 */
export async function renewToken(connection: InfisicalConnection): Promise<AccessToken> {
  const path = 'v1/auth/token/renew';
  const asked = { method: 'POST', path, body: { accessToken: connection.token } } as const;
  return accessToken(object(await callInfisical({ ...connection, token: undefined }, asked), path));
}

function accessToken(answer: Shape): AccessToken {
  return {
    token: text(answer, 'accessToken'),
    ttl: number(answer, 'expiresIn'),
    maxTtl: number(answer, 'accessTokenMaxTTL'),
  };
}

/** Gives a token up; it is dead at once. */
export async function logOut(connection: InfisicalConnection): Promise<void> {
  await callInfisical(connection, {
    method: 'POST',
    path: 'v1/auth/token/revoke',
    body: { accessToken: connection.token },
  });
}
