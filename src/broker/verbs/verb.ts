import type { z } from 'zod';
import type { GithubContextContract } from '../../contract/contract.ts';
import type { Github } from '../github.ts';

/** What a verb does with the token that was made for it. */
export interface Doing<T> {
  readonly github: Github;
  /** Made for this one call, and revoked after it. */
  readonly token: string;
  readonly context: GithubContextContract;
  readonly asked: T;
}

/**
 * Something that the broker does itself, so that no token is given out for it. A verb that deletes a repository or
 * removes a member does not exist, by design.
 */
export interface Verb<T extends { readonly context: string }> {
  readonly name: string;
  readonly schema: z.ZodType<T>;
  /** The repository that it is for; undefined: it is bound to none. @throws Refusal */
  readonly repository: (asked: T) => string | undefined;
  readonly permissions: Readonly<Record<string, string>>;
  /** Whether there is a limit of uses within an hour. */
  readonly limited: boolean;
  /** What of the request may be remembered: all but the value of a secret. */
  readonly remembered: (asked: T) => unknown;
  /** @returns what the caller is told. @throws Refusal */
  readonly run: (doing: Doing<T>) => Promise<Readonly<Record<string, unknown>>>;
}
