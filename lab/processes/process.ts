import { spawn } from 'node:child_process';
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { platform } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { z } from 'zod';

/**
 * A process that is certainly the one we started: pids are reused, a pid together with its start time is
 * not. `started` is opaque text; compare it, do not read it.
 */
export const processId = z.strictObject({ pid: z.number().int().positive(), started: z.string() });
export type ProcessId = z.infer<typeof processId>;

export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  /** All that the process sees, beside PATH and HOME. Never a secret: others can read it. */
  readonly env?: Readonly<Record<string, string>>;
}

async function startTime(pid: number): Promise<string | undefined> {
  if (platform() === 'linux') {
    try {
      const stat = await readFile(`/proc/${String(pid)}/stat`, 'utf8');
      // Fields are counted after the command name, which is in brackets and may hold anything:
      // state is the first, starttime (since boot, in ticks) the twentieth. See proc(5).
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return fields[0] === 'Z' ? undefined : fields[19];
    } catch {
      return undefined;
    }
  }
  const { stdout } = await execa('ps', ['-o', 'lstart=', '-p', String(pid)], { reject: false });
  return stdout.trim() === '' ? undefined : stdout.trim();
}

export async function identify(pid: number): Promise<ProcessId | undefined> {
  const started = await startTime(pid);
  return started === undefined ? undefined : { pid, started };
}

export async function isAlive(id: ProcessId): Promise<boolean> {
  return (await startTime(id.pid)) === id.started;
}

/**
 * Starts a server that outlives this process, in a process group of its own, so that Ctrl-C in the
 * terminal does not reach it.
 *
 * @param log  file that takes its output, 0600
 */
export async function startProcess(command: Command, log: string): Promise<ProcessId> {
  await mkdir(dirname(log), { recursive: true, mode: 0o700 });
  const output = await open(log, 'a', 0o600);
  try {
    const child = spawn(command.command, [...command.args], {
      detached: true,
      stdio: ['ignore', output.fd, output.fd],
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: process.env['HOME'] ?? '/',
        ...command.env,
      },
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.unref();
    const id = child.pid === undefined ? undefined : await identify(child.pid);
    if (id === undefined) throw new Error(`${command.command} ended at once; see ${log}`);
    return id;
  } finally {
    await output.close();
  }
}

/** Asks it to end, and kills it when it has not after five seconds. Safe on one that is gone. */
export async function stopProcess(id: ProcessId): Promise<void> {
  for (const [signal, seconds] of [
    ['SIGTERM', 5],
    ['SIGKILL', 5],
  ] as const) {
    if (!(await isAlive(id))) return;
    try {
      process.kill(id.pid, signal);
    } catch {
      return;
    }
    for (let waited = 0; waited < seconds * 20; waited += 1) {
      if (!(await isAlive(id))) return;
      await delay(50);
    }
  }
  throw new Error(`process ${String(id.pid)} does not end`);
}

/** Waits until `ready` holds, at most `seconds`; gives up at once when the process has ended. */
export async function waitFor(
  what: string,
  id: ProcessId,
  log: string,
  ready: () => Promise<boolean>,
  seconds = 30,
): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await ready())) {
    const alive = await isAlive(id);
    if (!alive || Date.now() > deadline) {
      const lines = (await readFile(log, 'utf8').catch(() => '')).trimEnd().split('\n').slice(-8);
      const state = alive ? `is not ready after ${String(seconds)} s` : 'ended';
      throw new Error(`${what} ${state}; the end of ${log}:\n${lines.join('\n')}`);
    }
    await delay(50);
  }
}
