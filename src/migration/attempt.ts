import { UserError } from '../user-error.ts';
import type { Check } from './row.ts';

/** It could not be tried from here, which says nothing about whether it works. */
export class NotTried extends UserError {
  override readonly name = 'NotTried';
}

/**
 * Something that has to work, and tells what was seen.
 *
 * @param work  a UserError is why it did not work, anything else a bug
 */
export async function works(what: string, work: () => Promise<string>): Promise<Check> {
  return (await obtain(what, work, (found) => found)).check;
}

/** Something that has to work so that more can be tried with what it gives. */
export async function obtain<T>(
  what: string,
  work: () => Promise<T>,
  found: (value: T) => string,
): Promise<{ readonly check: Check; readonly value?: T }> {
  try {
    const value = await work();
    return { check: { what, outcome: 'proved', found: found(value) }, value };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const outcome = error instanceof NotTried ? 'not tried' : 'failed';
    return { check: { what, outcome, found: error.message } };
  }
}

/**
 * Something that has to be refused, and for no other reason than the one that is meant.
 *
 * @param meant  whether it is that refusal
 */
export async function isRefused(
  what: string,
  meant: (error: UserError) => boolean,
  work: () => Promise<unknown>,
): Promise<Check> {
  try {
    await work();
    return { what, outcome: 'failed', found: 'it was ALLOWED' };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { what, outcome: meant(error) ? 'proved' : 'failed', found: error.message };
  }
}
