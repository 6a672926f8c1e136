import { call, OpenBaoError } from '../client/openbao.ts';
import type { Consumer } from '../model/consumer.ts';
import { UserError } from '../user-error.ts';
import { isAlive, shortOf } from './attempt.ts';
import type { Answer, Question } from './case.ts';
import type { Results } from './results.ts';
import { throughRole, type Means, type Subject } from './subject.ts';

/** Lives of the token in seconds; the next one where the machine was too slow to use the one before. */
const lives = [3, 15, 60] as const;

/**
 * A token of seconds works, and is dead after them. Which one of the consumer's policy it is makes no
 * difference to the server's clock, so one consumer stands for all.
 */
export async function tryExpiry(means: Means, consumer: Consumer, results: Results): Promise<void> {
  const question: Question = {
    who: consumer.name,
    kind: 'expiry',
    tries: 'use a token after its end',
    expected: 'denied',
  };
  for (const life of lives) {
    let made: Subject | string;
    try {
      made = await throughRole(means, consumer, `${String(life)}s`);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      results.couldNot(question, shortOf(error));
      return;
    }
    if (typeof made === 'string') {
      results.notTried(question, made);
      return;
    }
    if (!(await isAlive(made.connection))) continue;
    const short = made;
    await results.try(question, `token for ${String(life)} s`, () => afterItsEnd(short, life));
    await means.remains.gone(made.accessor);
    return;
  }
  results.couldNot(question, 'no token lived long enough to be used once');
}

/** Asked until it is refused, for longer than it may live. */
async function afterItsEnd({ connection }: Subject, life: number): Promise<Answer> {
  const began = performance.now();
  const rest = () => life * 1000 + 5000 - (performance.now() - began);
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, rest() > 1000 ? 500 : 50));
    try {
      await call(connection, { method: 'GET', path: 'auth/token/lookup-self' });
      if (rest() < 0) return { got: 'allowed', said: 'it outlived its end by 5 s' };
    } catch (error) {
      if (!(error instanceof OpenBaoError)) throw error;
      return error.status === 403
        ? { got: 'denied', said: `dead after ${String(life)} s` }
        : { got: 'could not', said: error.message.slice(0, 160) };
    }
  }
}
