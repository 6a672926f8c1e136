import { colours } from './colour.ts';

const started = Date.now();

function seconds(): string {
  return `${((Date.now() - started) / 1000).toFixed(1).padStart(6)} s`;
}

/** One plain line on stderr for each step, with the seconds since the start of the command. */
export function lineProgress(line: string): void {
  process.stderr.write(`${colours.dim(seconds())}  ${line}\n`);
}

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'] as const;

/**
 * Runs work that takes long. On a terminal the step under way is shown with a running clock; elsewhere
 * each step is one plain line.
 */
export async function withProgress<T>(
  work: (progress: (line: string) => void) => Promise<T>,
): Promise<T> {
  const { stderr } = process;
  if (!stderr.isTTY) return work(lineProgress);
  let step: string | undefined;
  let frame = 0;
  const wipe = () => stderr.write('\r\u001b[K');
  const draw = () => {
    if (step === undefined) return;
    frame = (frame + 1) % frames.length;
    const room = stderr.columns - 14;
    stderr.write(
      `\r\u001b[K${colours.cyan(frames[frame] ?? '')}${colours.dim(seconds())}  ${step.slice(0, room)}`,
    );
  };
  const timer = setInterval(draw, 100);
  const settle = () => {
    wipe();
    if (step !== undefined) lineProgress(step);
    step = undefined;
  };
  try {
    return await work((line) => {
      settle();
      step = line;
      draw();
    });
  } finally {
    clearInterval(timer);
    settle();
  }
}
