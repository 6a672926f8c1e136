import { randomBytes } from 'node:crypto';
import { object, text } from '../../contract/shape.ts';
import { UserError } from '../../user-error.ts';
import { call, type Connection } from '../openbao.ts';
import { listenForCode } from './listener.ts';
import { loginOf, type Login } from './userpass.ts';

export interface OidcOptions {
  /** Port of the loopback listener; the redirect URI of `bao login` is at 8250. */
  readonly port: number;
  /** Seconds that a person has in the browser. */
  readonly wait: number;
  /** Shows a person the address where to log in. */
  readonly show: (url: string) => void;
}

/**
 * Single sign-on by a browser (OpenBao API, "JWT/OIDC auth method"): the authorization code comes back to a listener
 * on the loopback (RFC 8252, 7.3). The nonce stays in this process, so that the code is worth nothing to whoever sees
 * it.
 */
export async function loginOidc(
  connection: Connection,
  mount: string,
  { port, wait, show }: OidcOptions,
): Promise<Login> {
  const client_nonce = randomBytes(24).toString('base64url');
  const listener = await listenForCode(port);
  try {
    const path = `auth/${mount}/oidc/auth_url`;
    const answer = await call(connection, {
      method: 'POST',
      path,
      body: { role: 'operator', redirect_uri: listener.redirectUri, client_nonce },
    });
    // Empty where the role does not allow the redirect URI, and OpenBao says no more.
    const { value } = object(answer?.data, path);
    if (value['auth_url'] === '') {
      throw new UserError(
        `OpenBao refused the redirect URI ${listener.redirectUri}: declare it in ` +
          'openbao.operatorAuth.redirectUris, or choose its port with --port',
      );
    }
    const authUrl = text(object(answer?.data, path), 'auth_url');
    const state = stateOf(authUrl);
    show(authUrl);
    const code = await listener.code(state, wait * 1000);
    const query = new URLSearchParams({ state, code, client_nonce });
    const callback = `auth/${mount}/oidc/callback`;
    const login = await call(connection, {
      method: 'GET',
      path: `${callback}?${query.toString()}`,
    });
    return loginOf(login, callback);
  } finally {
    listener.close();
  }
}

function stateOf(authUrl: string): string {
  let state: string | null;
  try {
    state = new URL(authUrl).searchParams.get('state');
  } catch {
    state = null;
  }
  if (state === null || state === '') throw new UserError('OpenBao gave no address to log in at');
  return state;
}
