import { UserError } from './user-error.ts';

/** The command line itself is wrong. */
export class UsageError extends UserError {
  override readonly name = 'UsageError';

  constructor(message: string) {
    super(`${message} (see --help)`);
  }
}
