import { inside, object, text } from '../../contract/shape.ts';
import { UserError } from '../../user-error.ts';
import { call, type Connection } from '../openbao.ts';
import { exchange, NoAnswer } from '../transport.ts';

/** Where the runner gives a job its token (GitHub documentation, "OpenID Connect reference"). */
export interface Runner {
  readonly url: string;
  /** A secret, good for this job. */
  readonly token: string;
}

/** @returns undefined outside of a job of GitHub Actions that may ask for a token (`id-token: write`) */
export function runnerFrom(env: NodeJS.ProcessEnv): Runner | undefined {
  const url = env['ACTIONS_ID_TOKEN_REQUEST_URL'] ?? '';
  const token = env['ACTIONS_ID_TOKEN_REQUEST_TOKEN'] ?? '';
  return url === '' || token === '' ? undefined : { url, token };
}

/**
 * A token of OpenBao for this run of a pipeline, by the token that its runner gives it for this audience alone.
 *
 * @param ca  PEM of the CA of the runner's URL. @default - the system's CAs
 * @throws UserError  the runner or OpenBao refused; neither token is ever in the message
 */
export async function becomeWorkflow(
  connection: Connection,
  login: { readonly path: string; readonly role: string; readonly audience: string },
  runner: Runner,
  ca?: string,
): Promise<string> {
  const jwt = await runToken(runner, login.audience, ca);
  const anonymous = { ...connection, token: undefined };
  const body = { role: login.role, jwt };
  const answer = await call(anonymous, { method: 'POST', path: login.path, body });
  return text(inside(object(answer, login.path), 'auth'), 'client_token');
}

async function runToken({ url, token }: Runner, audience: string, ca?: string): Promise<string> {
  const asked = new URL(url);
  asked.searchParams.set('audience', audience);
  const refused = (why: string) =>
    new UserError(`the runner gave no token for the audience ${audience}: ${why}`);
  const { status, text: answer } = await exchange({
    ...{ url: asked.href, method: 'GET', body: undefined, patience: 10_000, ca },
    headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
    ...{ clientCertificate: undefined, localAddress: undefined },
  }).catch((error: unknown) => {
    throw error instanceof NoAnswer ? refused(error.message) : error;
  });
  if (status !== 200) throw refused(`it answered ${String(status)}`);
  try {
    return text(object(JSON.parse(answer) as unknown, 'its answer'), 'value');
  } catch {
    throw refused('its answer is none');
  }
}
