import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { UserError } from '../../user-error.ts';

export interface Child {
  /** Exit status; of a signal, 128 and its number, as in a shell. */
  readonly ended: Promise<number>;
  /** Nothing happens where it has ended. */
  readonly signal: (signal: NodeJS.Signals) => void;
}

/** Passed on to the child. The terminal sends the first two to all of its programs by itself. */
const ofTerminal: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];
const others: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGCONT'];

/**
 * Starts a program in this terminal. Signals reach it once: what Ctrl-C sends to both is not sent again, as a
 * second one means "stop at once" to Terraform.
 *
 * @throws NotStarted
 */
export async function startChild(
  [program = '', ...args]: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<Child> {
  // Before the child is there: a signal that came between would end this process alone.
  const forget = passSignals((signal) => child.kill(signal));
  const child = spawn(program, args, { env, stdio: 'inherit' });
  const ended = new Promise<number>((resolve) => {
    child.once('exit', (status, signal) => {
      forget();
      resolve(signal === null ? (status ?? 1) : 128 + constants.signals[signal]);
    });
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error: NodeJS.ErrnoException) => {
      forget();
      reject(new NotStarted(program, error.code));
    });
  });
  return { ended, signal: (signal) => void child.kill(signal) };
}

function passSignals(send: (signal: NodeJS.Signals) => void): () => void {
  const atTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  const handlers = [...ofTerminal, ...others].map((signal) => {
    const pass = () => {
      if (!(atTerminal && ofTerminal.includes(signal))) send(signal);
    };
    process.on(signal, pass);
    return () => process.off(signal, pass);
  });
  return () => {
    for (const remove of handlers) remove();
  };
}

/** The program could not be started. Its exit status is a shell's: 127 there is none, 126 it cannot be run. */
export class NotStarted extends UserError {
  override readonly name = 'NotStarted';
  override readonly exitStatus: 126 | 127;

  constructor(program: string, code: string | undefined) {
    const missing = code === 'ENOENT';
    super(
      missing
        ? `there is no program ${program}`
        : `${program} cannot be run (${code ?? 'unknown'})`,
    );
    this.exitStatus = missing ? 127 : 126;
  }
}
