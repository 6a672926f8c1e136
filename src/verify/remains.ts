import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { writeWhole } from '../commands/write-whole.ts';
import { startOf } from '../rotation/lock.ts';

const remain = z.object({
  kind: z.enum(['token', 'SecretID', 'certificate']),
  /** Accessor or serial number: names the thing and does not give it. */
  name: z.string(),
  /** The identity that it is of. */
  who: z.string(),
  /** RFC 3339: from then on it is dead by itself. */
  until: z.string(),
});
export type Remain = z.infer<typeof remain>;

const file = z.object({
  server: z.string(),
  pid: z.number(),
  start: z.string(),
  remains: z.array(remain),
});

/** `$XDG_STATE_HOME/credential-backbone/verify`, by default below `~/.local/state`. */
export function remainsDirectory(env: NodeJS.ProcessEnv): string {
  const state = env['XDG_STATE_HOME'] ?? '';
  const base = state === '' ? join(homedir(), '.local', 'state') : state;
  return join(base, 'credential-backbone', 'verify');
}

/**
 * What this run has made and not given up yet, on disk as soon as it is known: a run that is killed is cleaned
 * up after by the next. No secret stands in it.
 */
export class Remains {
  private readonly open = new Map<string, Remain>();
  private readonly path: string;

  constructor(
    private readonly directory: string,
    private readonly server: string,
  ) {
    this.path = join(directory, `${randomUUID()}.json`);
  }

  async add(made: Remain): Promise<void> {
    this.open.set(made.name, made);
    await this.write();
  }

  async gone(name: string): Promise<void> {
    if (this.open.delete(name)) await this.write();
  }

  get left(): readonly Remain[] {
    return [...this.open.values()];
  }

  private async write(): Promise<void> {
    if (this.open.size === 0) {
      await rm(this.path, { force: true });
      return;
    }
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    const content: z.infer<typeof file> = {
      server: this.server,
      pid: process.pid,
      start: (await startOf(process.pid)) ?? '',
      remains: this.left.map((one) => ({ ...one })),
    };
    await writeWhole(this.path, JSON.stringify(content), 0o600);
  }
}

/** A file of a run that has ended without giving up all that it made. */
export interface LeftBehind {
  readonly remains: readonly Remain[];
  /** Keeps those that could not be given up; none: the file goes. */
  readonly keep: (still: readonly Remain[]) => Promise<void>;
}

/** Of runs against this server that are no longer alive. What is dead by itself is not listed. */
export async function leftBehind(
  directory: string,
  server: string,
  now: Date,
): Promise<readonly LeftBehind[]> {
  const names = await readdir(directory).catch(() => []);
  const found: LeftBehind[] = [];
  for (const name of names.filter((one) => one.endsWith('.json')).sort()) {
    const path = join(directory, name);
    const text = await readFile(path, 'utf8').catch(() => '');
    const read = file.safeParse(parsed(text));
    if (!read.success || read.data.server !== server) continue;
    const { pid, start, remains } = read.data;
    if ((await startOf(pid)) === start) continue;
    found.push({
      remains: remains.filter(({ until }) => new Date(until) > now),
      keep: async (still) => {
        if (still.length === 0) await rm(path, { force: true });
        else await writeFile(path, JSON.stringify({ ...read.data, remains: still }));
      },
    });
  }
  return found;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
