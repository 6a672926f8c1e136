import { OpenBaoError } from '../openbao.ts';
import type { NoAnswer } from './judge.ts';
import type { Patience } from './patience.ts';

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
    const { status, message, serverTime } = error;
    // 429 is a quota, 5xx the server itself: neither says anything about what was asked.
    if (status === undefined || status === 429 || status >= 500) {
      return {
        kind: 'unreachable',
        why: message,
        sealed: status === 503 && message.includes('sealed'),
      };
    }
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
