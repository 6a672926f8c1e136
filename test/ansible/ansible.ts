import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { ansiblePrograms } from '../../lab/parts/ansible.ts';
import { PartMissing } from '../../lab/parts/part.ts';

export const ansibleDirectory = fileURLToPath(new URL('../../ansible', import.meta.url));

export interface Ran {
  readonly exitCode: number | undefined;
  /** What it said, without colours. */
  readonly all: string;
}

export interface Ansible {
  /** A directory of this test's own; `remove` removes it. */
  readonly directory: string;
  run(
    program: string,
    args: readonly string[],
    options?: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> },
  ): Promise<Ran>;
  remove(): Promise<void>;
}

/** Ansible, or undefined and a line that says what is skipped and why. */
export async function ansibleOrSkip(what: string): Promise<Ansible | undefined> {
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const directory = await mkdtemp(join(tmpdir(), 'ansible-'));
  const bin = join(directory, 'bin');
  try {
    await ansiblePrograms(bin, say);
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    if (!(error instanceof PartMissing)) throw error;
    say(`SKIPPED: ${what}: ${error.message}`);
    return undefined;
  }
  return {
    directory,
    run: async (program, args, { cwd = ansibleDirectory, env = {} } = {}) => {
      const { exitCode, all } = await execa(join(bin, program), args, {
        cwd,
        env: {
          PATH: `${bin}:${process.env['PATH'] ?? ''}`,
          // Nothing of the user's own Ansible, and nothing left in their home.
          HOME: directory,
          ANSIBLE_HOME: join(directory, 'home'),
          ANSIBLE_CONFIG: join(ansibleDirectory, 'ansible.cfg'),
          ANSIBLE_NOCOLOR: '1',
          NO_COLOR: '1',
          LC_ALL: 'C.UTF-8',
          ...env,
        },
        extendEnv: false,
        reject: false,
        all: true,
        stdin: 'ignore',
      });
      return { exitCode, all };
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}
