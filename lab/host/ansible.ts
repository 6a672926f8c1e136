import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { ansiblePrograms } from '../parts/ansible.ts';
import type { Progress } from '../parts/part.ts';

export const ansibleDirectory = fileURLToPath(new URL('../../ansible', import.meta.url));

export interface AnsibleRan {
  readonly exitCode: number | undefined;
  /** What it said, without colours. */
  readonly all: string;
}

export interface Ansible {
  /** A directory of its own. */
  readonly directory: string;
  run(program: string, args: readonly string[], options?: RunOptions): Promise<AnsibleRan>;
}

export interface RunOptions {
  /** @default - that of the playbooks */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A command that runs the command which follows it, as `backbone ssh --agent --` does. */
  readonly through?: readonly string[];
}

/**
 * Ansible with nothing of the user's own configuration, and nothing left in their home.
 *
 * @throws PartMissing  as `ansiblePrograms`
 */
export async function openAnsible(directory: string, progress: Progress): Promise<Ansible> {
  const bin = join(directory, 'bin');
  await ansiblePrograms(bin, progress);
  return {
    directory,
    run: async (program, args, { cwd = ansibleDirectory, env = {}, through = [] } = {}) => {
      const own = join(bin, program);
      const [command = own, ...words] = [...through, own, ...args];
      const { exitCode, all } = await execa(command, words, {
        cwd,
        env: {
          PATH: `${bin}:${process.env['PATH'] ?? ''}`,
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
  };
}
