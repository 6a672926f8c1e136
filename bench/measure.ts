import { readFile } from 'node:fs/promises';

export interface Figure {
  readonly what: string;
  /** Median wall time, in milliseconds. */
  readonly milliseconds: number;
  /** What it is compared with, its figure, and how many times as long this took. */
  readonly against?: string;
  readonly ratio?: number;
  /** Highest ratio that is aimed at. */
  readonly goal?: number;
}

export interface Row {
  readonly what: string;
  /** Before each run, and not timed. */
  readonly before?: () => Promise<unknown>;
  readonly run: () => Promise<unknown>;
  readonly against?: string;
  readonly goal?: number;
}

/** All rows are taken in turn, round by round: what the machine does else meets all of them. */
export async function measure(rounds: number, rows: readonly Row[]): Promise<readonly Figure[]> {
  const times = new Map<string, number[]>(rows.map(({ what }) => [what, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const { what, before, run } of rows) {
      await before?.();
      const begun = performance.now();
      await run();
      times.get(what)?.push(performance.now() - begun);
    }
  }
  const figure = (what: string) => median(times.get(what) ?? []);
  return rows.map(({ what, against, goal }) => ({
    what,
    milliseconds: figure(what),
    ...(against === undefined ? {} : { against, ratio: figure(what) / figure(against) }),
    ...(goal === undefined ? {} : { goal }),
  }));
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Memory of a running process that is in use now, in MiB; NaN where the system does not tell (Linux does). */
export async function residentMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${String(pid)}/status`, 'utf8').catch(() => '');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}
