import { realpathSync } from 'node:fs';
import { UserError } from '../user-error.ts';

/** What starts this client again: its Node and its file. @throws UserError  it has no file, e.g. in a REPL */
export function ownProgram(): readonly [node: string, file: string] {
  const file = process.argv[1];
  if (file === undefined) throw new UserError('this client does not know its own file');
  return [process.execPath, realpathSync(file)];
}

/**
 * A value of `credential_process`. Some SDKs split it themselves, others give it to a shell: only what means the
 * same to both is written (AWS SDKs and Tools Reference, "Process credential provider").
 *
 * @throws UserError  a word has a character that they read differently
 */
export function processLine(words: readonly string[]): string {
  return words
    .map((word) => {
      if (/^[\w./:=@%+,-]+$/.test(word)) return word;
      if (/^[\w./:=@%+, -]+$/.test(word)) return `"${word}"`;
      throw new UserError(
        `${JSON.stringify(word)} cannot stand in a credential_process, which SDKs read in different ways: ` +
          'install it at a path of letters, digits, dots and dashes',
      );
    })
    .join(' ');
}
