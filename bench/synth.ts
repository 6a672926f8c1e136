import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { grownDeclaration } from './declaration.ts';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

export interface SynthRun {
  readonly consumers: number;
  /** Resources in all stacks together. */
  readonly resources: number;
  /** Median wall time of the whole program in seconds: from its start as a fresh process to its end. */
  readonly seconds: number;
  /** Median processor time in seconds, which a busy machine stretches less. */
  readonly cpuSeconds: number;
  /** Highest peak of resident memory, in MiB. */
  readonly memoryMiB: number;
  readonly repeats: number;
}

export const machine = `Node ${process.version}, ${String(availableParallelism())} processors`;

/** Runs `src/main.ts` as cdktf does, on a declaration of this many consumers, several times over. */
export async function measureSynth(consumers: number, repeats: number): Promise<SynthRun> {
  const directory = await mkdtemp(join(tmpdir(), 'backbone-bench-'));
  try {
    const declaration = join(directory, 'backbone.yaml');
    const output = join(directory, 'cdktf.out');
    await writeFile(declaration, await grownDeclaration(consumers));
    await symlink(path('../pki'), join(directory, 'pki'));
    const runs = [];
    for (let run = 0; run < repeats; run += 1) runs.push(await synth(declaration, output));
    return {
      consumers,
      resources: await countResources(output),
      seconds: median(runs.map(({ seconds }) => seconds)),
      cpuSeconds: median(runs.map(({ cpuSeconds }) => cpuSeconds)),
      memoryMiB: Math.max(...runs.map(({ memoryMiB }) => memoryMiB)),
      repeats,
    };
  } finally {
    await rm(directory, { recursive: true });
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

async function synth(declaration: string, output: string) {
  const start = performance.now();
  const child = execa(
    process.execPath,
    ['--import', 'tsx/esm', '--import', path('usage.ts'), path('../src/main.ts')],
    {
      env: { BACKBONE_FILE: declaration, CDKTF_OUTDIR: output },
      stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
    },
  );
  const { stdio } = await child;
  const seconds = (performance.now() - start) / 1000;
  const usage = JSON.parse(stdio[3]) as Pick<SynthRun, 'memoryMiB' | 'cpuSeconds'>;
  return { seconds, ...usage };
}

async function countResources(output: string): Promise<number> {
  let count = 0;
  for (const stack of await readdir(join(output, 'stacks'))) {
    const file = await readFile(join(output, 'stacks', stack, 'cdk.tf.json'), 'utf8');
    const { resource = {} } = JSON.parse(file) as { resource?: Record<string, object> };
    for (const ofType of Object.values(resource)) count += Object.keys(ofType).length;
  }
  return count;
}
