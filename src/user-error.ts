/**
 * Something that the person at the keyboard can put right. The command prints the message alone and ends
 * with `exitCode`; any other error is a bug and keeps its stack.
 */
export class UserError extends Error {
  override readonly name: string = 'UserError';
  readonly exitCode: number;

  constructor(message: string, options: ErrorOptions & { readonly exitCode?: number } = {}) {
    const { exitCode = 1, ...rest } = options;
    super(message, rest);
    this.exitCode = exitCode;
  }
}
