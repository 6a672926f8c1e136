import {
  call,
  OpenBaoError,
  type Answer as Response,
  type Call,
  type Connection,
} from '../client/openbao.ts';
import { lookupSelf, revokeSelf } from '../client/token.ts';
import { UserError } from '../user-error.ts';
import type { Answer, Question } from './case.ts';

/** A question that one request of OpenBao's API answers. */
export interface Attempt extends Omit<Question, 'who'> {
  /** Chosen so that it changes nothing, even where it is let through. */
  readonly request: Call;
  /** Words of the engine that refuses it, where a policy cannot. @default - a policy refuses it */
  readonly refusedBy?: RegExp;
  /**
   * What it means that nothing is there, where it must be allowed: a list may be empty, and a value may not
   * have been written yet. @default denied: it does not work
   */
  readonly absent?: 'allowed' | 'not tried';
}

export interface Attempted extends Answer {
  /** Accessor of a SecretID that was made although it must not have been. */
  readonly secretId?: string;
}

/**
 * Sends the request. A refusal counts only as long as the token is alive, so that a dead one, or a server
 * that does not answer, never looks like a policy that holds.
 */
export async function attempt(connection: Connection, asked: Attempt): Promise<Attempted> {
  let response: Response | undefined;
  try {
    response = await call(connection, asked.request);
  } catch (error) {
    return refused(connection, asked, error);
  }
  await giveUpWhatCameBack(connection, response);
  if (response === undefined && asked.expected === 'allowed' && isAnswer(asked)) {
    const got = asked.absent ?? 'denied';
    return { got, said: got === 'not tried' ? 'no value is there yet' : 'nothing is there' };
  }
  const said = response === undefined ? 'let through; there is nothing' : 'let through';
  const secretId = madeSecretId(response);
  return { got: 'allowed', said, ...(secretId === undefined ? {} : { secretId }) };
}

async function refused(connection: Connection, asked: Attempt, error: unknown): Promise<Answer> {
  if (!(error instanceof OpenBaoError)) throw error;
  const { status } = error;
  const said = shortOf(error);
  if (status === undefined || status >= 500 || status === 429) return { got: 'could not', said };
  if (status === 403) {
    return (await isAlive(connection))
      ? { got: 'denied', said: 'permission denied' }
      : { got: 'could not', said: 'its token has ended, so the refusal says nothing' };
  }
  if (asked.refusedBy?.test(said) === true) return { got: 'denied', said };
  // The policy comes before the engine: what the engine refuses has passed the policy.
  return asked.expected === 'denied'
    ? { got: 'allowed', said: `the policy let it through; then: ${said}` }
    : { got: 'denied', said };
}

export async function isAlive(connection: Connection): Promise<boolean> {
  try {
    await lookupSelf(connection);
    return true;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return false;
  }
}

/** Whether its answer has content; a write may have none. */
function isAnswer({ request: { method } }: Attempt): boolean {
  return method === 'GET' || method === 'LIST';
}

function madeSecretId(response: Response | undefined): string | undefined {
  const wrapped: unknown = response?.wrap_info;
  if (typeof wrapped !== 'object' || wrapped === null) return undefined;
  const accessor = 'wrapped_accessor' in wrapped ? wrapped.wrapped_accessor : undefined;
  return typeof accessor === 'string' && accessor !== '' ? accessor : undefined;
}

/** A token that was made although it must not have been. */
async function giveUpWhatCameBack(
  connection: Connection,
  response: Response | undefined,
): Promise<void> {
  const auth: unknown = response?.auth;
  if (typeof auth !== 'object' || auth === null || !('client_token' in auth)) return;
  const { client_token: token } = auth;
  if (typeof token === 'string') await revokeSelf({ ...connection, token }).catch(() => undefined);
}

/** A message in one short line, without the address that every row would repeat. */
export function shortOf(error: unknown): string {
  const text = (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ');
  return text.replace(/^https:\S+ refused \S+ \S+: /, '').slice(0, 160);
}
