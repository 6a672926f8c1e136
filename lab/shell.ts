import { execa } from 'execa';

/**
 * Runs a command, or the user's shell, on this terminal.
 *
 * @returns its exit status; 128 and more where a signal ended it, as a shell has it
 */
export async function runInLab(
  command: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<number> {
  const [program = env['SHELL'] ?? '/bin/sh', ...args] = command;
  const options = { env, extendEnv: false, stdio: 'inherit', reject: false } as const;
  const { exitCode, failed, shortMessage } = await execa(program, args, options);
  if (exitCode === undefined && failed) process.stderr.write(`${shortMessage ?? program}\n`);
  return exitCode ?? 128;
}
