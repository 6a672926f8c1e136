import { OpenBaoError } from '../openbao.ts';
import type { NoAnswer } from './judge.ts';
import type { Patience } from './patience.ts';

/** OpenBao, builtin/credential/cert: an expired one, for example. */
const unverified = "failed to verify client's certificate";

/**
 * What came of a request, as a value: a verdict depends on refusals as much as on answers.
 *
 * @throws  whatever is no OpenBaoError: an answer of another form than documented, a bug
 */
export async function answered<T>(
  ask: () => Promise<T>,
): Promise<{ readonly kind: 'answer'; readonly answer: T } | NoAnswer> {
  try {
    return { kind: 'answer', answer: await ask() };
  } catch (error) {
    if (!(error instanceof OpenBaoError)) throw error;
    const { status, message, outcome, date } = error;
    // What no node took, and what the server itself failed at, says nothing about what was asked. The login
    // by certificate alone calls a certificate that it does not accept a failure of its own.
    const failed = status === undefined || (status >= 500 && !message.includes(unverified));
    if (outcome !== 'answered' || failed) {
      return { kind: 'unreachable', why: message, sealed: message.includes('is sealed') };
    }
    const serverTime = date === undefined ? undefined : new Date(date);
    return { kind: 'refused', why: message, serverTime };
  }
}

/** The same, asking again where the server did not answer. */
export async function insist<T>(trying: Patience, ask: () => Promise<T>) {
  for (;;) {
    const asked = await answered(ask);
    if (asked.kind !== 'unreachable' || !(await trying.again())) return asked;
  }
}
