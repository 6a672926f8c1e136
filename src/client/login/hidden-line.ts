import { askHidden } from '../../terminal/ask.ts';
import { UserError } from '../../user-error.ts';

/**
 * A password: without echo from a terminal, else one line of stdin.
 *
 * @param without  what follows where nothing is answered
 * @throws UserError  it is empty, or stdin holds more than a password
 */
export async function hiddenLine(question: string, without: string): Promise<string> {
  const given = process.stdin.isTTY ? await askHidden(question, without) : await firstLine();
  if (given === '') throw new UserError(`the password is empty; ${without}`);
  return given;
}

/** Bytes. */
const longest = 4096;

async function firstLine(): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > longest) throw new UserError('stdin holds more than a password');
    if (chunk.includes(0x0a)) break;
  }
  return Buffer.concat(chunks).toString('utf8').split(/\r?\n/)[0] ?? '';
}
