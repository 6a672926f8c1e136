import { readFile } from 'node:fs/promises';
import { execa } from 'execa';
import { processesOf } from './cgroup.ts';

/** Pid, outside, of the container's PID 1; undefined where it does not run. */
export async function leaderOf(cgroup: string): Promise<number | undefined> {
  for (const pid of await processesOf(cgroup)) {
    const status = await readFile(`/proc/${String(pid)}/status`, 'utf8').catch(() => '');
    const inside = /^NSpid:\s+(.*)$/m.exec(status)?.[1]?.split(/\s+/) ?? [];
    if (inside.length > 1 && inside.at(-1) === '1') return pid;
  }
  return undefined;
}

/** The command line that runs a command inside, as root of the container, with nothing of ours. */
export function enterCommand(leader: number, command: readonly string[]): readonly string[] {
  return [
    ...['nsenter', '--target', String(leader)],
    ...['--mount', '--uts', '--ipc', '--net', '--pid', '--cgroup', '--user'],
    ...['--setuid', '0', '--setgid', '0', '--wd=/', '--'],
    ...['env', '-i', 'HOME=/root', 'LANG=C.UTF-8', 'TERM=xterm'],
    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    ...command,
  ];
}

export interface Entered {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** @param input  its standard input; the way for a secret, which has no place in a command line */
export async function enter(
  leader: number,
  command: readonly string[],
  input: string | Uint8Array = '',
): Promise<Entered> {
  const [program = '', ...args] = enterCommand(leader, command);
  const { exitCode, stdout, stderr } = await execa(program, args, { reject: false, input });
  return { exitCode, stdout, stderr };
}
