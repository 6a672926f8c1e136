import { createInterface } from 'node:readline/promises';
import { UserError } from '../user-error.ts';

/**
 * Asks for a word on the terminal.
 *
 * @param without  what follows where nothing is answered, e.g. "nothing was applied"
 * @throws UserError  there is no terminal to ask on, or Ctrl-C or Ctrl-D: nothing is ever taken as agreed
 */
export async function ask(question: string, without: string): Promise<string> {
  if (!process.stdin.isTTY) throw new UserError(`there is no terminal to ask on; ${without}`);
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await lines.question(question)).trim();
  } catch (error) {
    if (!(error instanceof Error && error.name === 'AbortError')) throw error;
    throw new UserError(`given up; ${without}`);
  } finally {
    lines.close();
  }
}

/** Reads one line without showing it. Ctrl-C and Ctrl-D end it with a UserError. */
export async function askHidden(question: string): Promise<string> {
  const { stdin } = process;
  if (!stdin.isTTY) throw new UserError('there is no terminal to ask on; give the fields on stdin');
  process.stderr.write(question);
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  stdin.resume();
  try {
    return await new Promise<string>((resolve, reject) => {
      let typed = '';
      const take = (text: string) => {
        for (const character of text) {
          if (character === '\r' || character === '\n') {
            stdin.off('data', take);
            resolve(typed);
            return;
          }
          if (character === '\u0003' || character === '\u0004') {
            stdin.off('data', take);
            reject(new UserError('given up; nothing was written'));
            return;
          }
          typed = character === '\u007f' ? typed.replace(/.$/su, '') : typed + character;
        }
      };
      stdin.on('data', take);
    });
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    process.stderr.write('\n');
  }
}
