import { ControllerError, line, send, type Place, type Reply, type Sent } from './transport.ts';

/** A controller, and the site of it that is worked on. */
export interface Controller extends Place {
  readonly kind: 'os' | 'classic';
  readonly site: string;
}

/** Requests by somebody that the controller knows. */
export interface Session {
  readonly controller: Controller;
  readonly request: (sent: Sent) => Promise<Reply>;
}

/** By API key: UniFi OS alone. */
export function withKey(controller: Controller, key: string): Session {
  return {
    controller,
    request: (sent) => send(controller, { ...sent, headers: { 'X-API-KEY': key } }),
  };
}

/**
 * Signs in with name and password.
 *
 * @returns undefined where they are not accepted
 * @throws ControllerError  any other refusal, e.g. too many tries or MFA
 */
export async function signIn(
  controller: Controller,
  username: string,
  password: string,
): Promise<Session | undefined> {
  const asked: Sent = {
    method: 'POST',
    path: controller.kind === 'os' ? '/api/auth/login' : '/api/login',
    body: { username, password },
  };
  const reply = await send(controller, asked);
  if (reply.status !== 200) {
    if (isWrong(controller, reply)) return undefined;
    throw signInRefused(controller, reply.status);
  }
  const cookies = new Map(setCookies(reply));
  let csrf = csrfOf(reply) ?? cookies.get('csrf_token');
  return {
    controller,
    request: async (sent) => {
      const answer = await send(controller, {
        ...sent,
        headers: {
          cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
          ...(csrf === undefined ? {} : { 'X-CSRF-Token': csrf }),
        },
      });
      for (const [name, value] of setCookies(answer)) cookies.set(name, value);
      // A console gives a new one with a change, and takes the old one no longer.
      csrf = csrfOf(answer) ?? csrf;
      return answer;
    },
  };
}

/** Ends the session; the controller ends it by itself where it does not answer. */
export async function signOut({ controller, request }: Session): Promise<void> {
  const path = controller.kind === 'os' ? '/api/auth/logout' : '/api/logout';
  await request({ method: 'POST', path }).catch(() => undefined);
}

function isWrong({ kind }: Controller, { status, body }: Reply): boolean {
  if (status === 401 || status === 403) return true;
  return kind === 'classic' && status === 400 && JSON.stringify(body).includes('api.err.Invalid');
}

function signInRefused({ controller }: Controller, status: number): ControllerError {
  const why: Readonly<Record<number, string>> = {
    429: 'too many tries; wait some minutes',
    499: 'it asks for a second factor: the account is one of ui.com; use a local admin',
    404: 'it has no such sign-in; is `kind` (os or classic) right?',
  };
  return new ControllerError(
    `${controller} did not sign in: ${String(status)}${why[status] === undefined ? '' : ` (${why[status]})`}`,
    status,
  );
}

function setCookies({ headers }: Reply): readonly (readonly [string, string])[] {
  return [headers['set-cookie'] ?? []].flat().flatMap((cookie) => {
    const [, name, value] = /^([^=;]+)=([^;]*)/.exec(cookie) ?? [];
    return name === undefined || value === undefined ? [] : [[name, value] as const];
  });
}

function csrfOf({ headers }: Reply): string | undefined {
  const value = headers['x-updated-csrf-token'] ?? headers['x-csrf-token'];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** @throws ControllerError  names method, path, status and the controller's own code, if it is one */
export function refusal({ controller }: Controller, sent: Sent, reply: Reply): ControllerError {
  const code = /"(?:msg|code|codeS)":"([A-Za-z_.]{1,60})"/.exec(
    JSON.stringify(reply.body ?? {}),
  )?.[1];
  return new ControllerError(
    `${controller} refused ${line(sent)}: ${String(reply.status)}${code === undefined ? '' : ` (${code})`}`,
    reply.status,
  );
}
