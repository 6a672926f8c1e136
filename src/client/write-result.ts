import { writeSync } from 'node:fs';

/**
 * Writes a short result to stdout at once. Setting up Node's stream for it would lengthen every start, and a
 * reader that went away would be an exception; here it is none of our business.
 */
export function writeResult(text: string): void {
  let rest = Buffer.from(text);
  try {
    while (rest.length > 0) rest = rest.subarray(writeSync(1, rest));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EPIPE') return;
    // A full pipe that does not block: the stream waits for its reader.
    if (code !== 'EAGAIN') throw error;
    process.stdout.write(rest);
  }
}
