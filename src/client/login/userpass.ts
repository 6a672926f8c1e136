import { inside, number, object, text } from '../../contract/shape.ts';
import { askHidden } from '../../terminal/ask.ts';
import { UserError } from '../../user-error.ts';
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

/** Without echo from a terminal, else one line of stdin. */
export async function password(user: string): Promise<string> {
  const given = process.stdin.isTTY
    ? await askHidden(`Password of ${user}: `, 'nobody is logged in')
    : await firstLine();
  if (given === '') throw new UserError('the password is empty; nobody is logged in');
  return given;
}

/** Bytes. */
const longest = 4096;

async function firstLine(): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > longest) throw new UserError('stdin holds more than a password');
    if (chunk.includes(0x0a)) break;
  }
  return Buffer.concat(chunks).toString('utf8').split(/\r?\n/)[0] ?? '';
}
