import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { z } from 'zod';

const root = fileURLToPath(new URL('..', import.meta.url));
const report = z.object({
  phases: z.array(z.object({ phase: z.string(), seconds: z.number() })),
});

export interface Phase {
  readonly phase: string;
  /** The first run: new servers, nothing deployed; parts are in the cache. */
  readonly first: number;
  /** The second run: servers that run, nothing to change. */
  readonly warm: number;
}

/** Phases of `npm start`, on a lab of its own that is gone afterwards. */
export async function measureStart(): Promise<readonly Phase[]> {
  const directory = await mkdtemp(join(tmpdir(), 'bench-'));
  const env = {
    BACKBONE_LAB: join(directory, 'lab'),
    CDKTF_OUTDIR: join(directory, 'cdktf.out'),
  };
  const node = (...args: readonly string[]) =>
    execa(process.execPath, [...args], { cwd: root, env, stderr: 'ignore' });
  try {
    const start = async () => {
      const begun = performance.now();
      const { stdout } = await node('--import', 'tsx', 'lab/start.ts', '--json');
      const total = (performance.now() - begun) / 1000;
      return [...report.parse(JSON.parse(stdout)).phases, { phase: 'all', seconds: total }];
    };
    const first = await start();
    const warm = await start();
    return first.map(({ phase, seconds }, index) => ({
      phase,
      first: seconds,
      warm: warm[index]?.seconds ?? Number.NaN,
    }));
  } finally {
    await node('bin/backbone.mjs', 'lab', 'down').catch(() => undefined);
    await rm(directory, { recursive: true, force: true });
  }
}
