import { inside, number, object, text } from '../../contract/shape.ts';
import { call, type Connection } from '../openbao.ts';

export interface Login {
  readonly token: string;
  /** Seconds. */
  readonly ttl: number;
}

/** Name and password (OpenBao API, "Userpass auth method"). */
export async function loginUserpass(
  connection: Connection,
  mount: string,
  user: string,
  password: string,
): Promise<Login> {
  const path = `auth/${mount}/login/${encodeURIComponent(user)}`;
  return loginOf(await call(connection, { method: 'POST', path, body: { password } }), path);
}

export function loginOf(answer: { readonly auth: unknown } | undefined, path: string): Login {
  const auth = inside(object(answer, path), 'auth');
  return { token: text(auth, 'client_token'), ttl: number(auth, 'lease_duration') };
}
