import { execa } from 'execa';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { announce } from '../output/terminal.ts';
import { UserError } from '../user-error.ts';

const root = dirname(fileURLToPath(new URL('../../package.json', import.meta.url)));
const app = ['--import', 'tsx/esm', 'src/main.ts'] as const;

/**
 * Runs the CDKTF app as `cdktf synth` does, in a process of its own: the commands that follow need
 * neither cdktf nor the bindings in memory.
 *
 * @returns the directory of the synthesized stacks
 * @throws UserError  the declaration was refused; its message has been shown
 */
export async function synthesize(file: string | undefined): Promise<string> {
  const output = resolve(root, process.env['CDKTF_OUTDIR'] ?? 'cdktf.out');
  const declared = file ?? process.env['BACKBONE_FILE'];
  announce('node', app);
  const { exitCode } = await execa('node', [...app], {
    cwd: root,
    env: {
      CDKTF_OUTDIR: output,
      ...(declared === undefined ? {} : { BACKBONE_FILE: resolve(declared) }),
    },
    reject: false,
    stdin: 'ignore',
    stdout: process.stderr,
    stderr: process.stderr,
  });
  if (exitCode !== 0) throw new UserError('nothing was synthesized, see above');
  return relative('', output) === '' ? '.' : relative('', output);
}
