import { execa } from 'execa';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { refusedStatus } from '../guardrails/output.ts';
import { announce, say } from '../output/terminal.ts';
import { UserError } from '../user-error.ts';

const root = dirname(fileURLToPath(new URL('../../package.json', import.meta.url)));
const app = ['--import', 'tsx/esm', 'src/main.ts'] as const;

/**
 * Runs the CDKTF app as `cdktf synth` does, in a process of its own: the commands that follow need
 * neither cdktf nor the bindings in memory.
 *
 * @returns the directory of the synthesized stacks
 * @throws UserError  the declaration, or what came of it, was refused; the message has been shown
 */
export async function synthesize(file: string | undefined): Promise<string> {
  const { output, exitCode } = await runProgram(file);
  if (exitCode !== 0) throw new UserError('nothing was synthesized, see above');
  return output;
}

/**
 * The same, for whoever can do something with an output that was refused.
 *
 * @param quiet  what the program says is shown only where it refuses the declaration
 * @returns 0, `refusedStatus` of the guardrails, or 1 where the declaration was refused
 */
export async function runProgram(
  file: string | undefined,
  quiet?: 'quiet',
): Promise<{ readonly output: string; readonly exitCode: number | undefined }> {
  const output = resolve(root, process.env['CDKTF_OUTDIR'] ?? 'cdktf.out');
  const declared = file ?? process.env['BACKBONE_FILE'];
  announce('node', app);
  const to = quiet === undefined ? process.stderr : 'pipe';
  const { exitCode, stderr } = await execa('node', [...app], {
    cwd: root,
    env: {
      CDKTF_OUTDIR: output,
      ...(declared === undefined ? {} : { BACKBONE_FILE: resolve(declared) }),
    },
    reject: false,
    stdin: 'ignore',
    stdout: to,
    stderr: to,
  });
  if (quiet !== undefined && exitCode !== 0 && exitCode !== refusedStatus) say(stderr ?? '');
  return { output: relative('', output) === '' ? '.' : relative('', output), exitCode };
}
