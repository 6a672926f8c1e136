import { OpenBaoError } from '../client/openbao.ts';
import { InfisicalError } from '../infisical/api.ts';
import { UserError } from '../user-error.ts';
import { shortOf } from './attempt.ts';
import type { Answer } from './case.ts';

/** Whether several requests in a row come to their end. */
export async function works(work: () => Promise<unknown>): Promise<Answer> {
  try {
    await work();
    return { got: 'allowed', said: 'it works' };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { got: isRefusal(error) ? 'denied' : 'could not', said: shortOf(error) };
  }
}

/** Refused with these words; any other failure tells nothing. */
export async function refusedAs(words: RegExp, work: () => Promise<unknown>): Promise<Answer> {
  const answer = await works(work);
  if (answer.got !== 'denied' || words.test(answer.said)) return answer;
  return { got: 'could not', said: answer.said };
}

function isRefusal(error: UserError): boolean {
  const known = error instanceof OpenBaoError || error instanceof InfisicalError;
  const status = known ? error.status : undefined;
  return status !== undefined && status >= 400 && status < 500 && status !== 429;
}
