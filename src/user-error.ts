/**
 * Something that the person at the keyboard can put right. The command prints the message alone and ends
 * with status 1, or `exitStatus`; any other error is a bug and keeps its stack.
 */
export class UserError extends Error {
  override readonly name: string = 'UserError';
  readonly exitStatus: number = 1;
}
