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

/** Typed or pasted beyond the end of a line: it belongs to the next question. */
let ahead = '';

/**
 * Reads one line without showing it.
 *
 * @param without  what follows where nothing is answered
 * @throws UserError  there is no terminal to ask on, or Ctrl-C or Ctrl-D
 */
export async function askHidden(
  question: string,
  without = 'nothing was written',
): Promise<string> {
  const { stdin } = process;
  if (!stdin.isTTY) throw new UserError(`there is no terminal to ask on; ${without}`);
  // Before the question: whoever answers it at once is not to see the first letters.
  stdin.setRawMode(true);
  process.stderr.write(question);
  stdin.setEncoding('utf8');
  stdin.resume();
  try {
    return await new Promise<string>((resolve, reject) => {
      let typed = '';
      const done = (rest: string) => {
        stdin.off('data', take);
        ahead = rest;
      };
      const take = (text: string) => {
        let read = 0;
        for (const character of text) {
          read += character.length;
          if (character === '\r' || character === '\n') {
            const pair = character === '\r' && text[read] === '\n';
            done(text.slice(pair ? read + 1 : read));
            resolve(typed);
            return;
          }
          if (character === '\u0003' || character === '\u0004') {
            done('');
            reject(new UserError(`given up; ${without}`));
            return;
          }
          typed = character === '\u007f' ? typed.replace(/.$/su, '') : typed + character;
        }
      };
      stdin.on('data', take);
      take(ahead);
    });
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    process.stderr.write('\n');
  }
}
