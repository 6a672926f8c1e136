import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { UserError } from '../../user-error.ts';

/** Passed on to the child. The terminal sends the first two to all of its programs by itself. */
const ofTerminal: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];
const others: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGCONT'];

/**
 * Runs a program in this terminal until its end. Signals reach it once: what Ctrl-C sends to both is not sent
 * again, as a second one means "stop at once" to Terraform.
 *
 * @returns its exit status; 128 + n where signal n ended it, as in a shell
 * @throws UserError  it could not be started; `exitCode` is 127 where there is none, else 126, as in a shell
 */
export async function runChild(
  [command = '', ...args]: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const atTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  const child = spawn(command, args, { env, stdio: 'inherit' });
  const handlers = [...ofTerminal, ...others].map((signal) => {
    const handler = () => {
      if (!(atTerminal && ofTerminal.includes(signal))) child.kill(signal);
    };
    process.on(signal, handler);
    return () => process.off(signal, handler);
  });
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', (error: NodeJS.ErrnoException) => {
        reject(new NotStarted(command, error.code));
      });
      child.once('close', (status, signal) => {
        resolve(signal === null ? (status ?? 1) : 128 + constants.signals[signal]);
      });
    });
  } finally {
    for (const remove of handlers) remove();
  }
}

/** The child could not be started. */
export class NotStarted extends UserError {
  override readonly name = 'NotStarted';
  readonly exitCode: 126 | 127;

  constructor(command: string, code: string | undefined) {
    const missing = code === 'ENOENT';
    super(
      missing
        ? `there is no program ${command}`
        : `${command} cannot be run (${code ?? 'unknown'})`,
    );
    this.exitCode = missing ? 127 : 126;
  }
}
