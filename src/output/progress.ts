import pc from 'picocolors';

const started = Date.now();

/** One plain line on stderr for each step, with the seconds since the start of the command. */
export function lineProgress(line: string): void {
  const seconds = ((Date.now() - started) / 1000).toFixed(1).padStart(6);
  process.stderr.write(`${pc.dim(`${seconds} s`)}  ${line}\n`);
}
