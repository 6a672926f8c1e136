import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { labPaths, type LabPaths } from '../../lab/paths.ts';
import { readRecord, type LabRecord } from '../../lab/record.ts';
import { watchCommandLines } from '../command-lines.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Ran {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly cwd?: string;
}

/** A lab of a test's own, used only through the command line, as a person would. */
export interface RunningLab {
  readonly paths: LabPaths;
  /** cdktf.out of this lab alone. */
  readonly output: string;
  /** Everything that the commands printed; what is searched for secrets. */
  readonly printed: string[];
  /** Command lines of every process that was seen while commands ran. */
  readonly commandLines: Set<string>;
  backbone(args: readonly string[], options?: RunOptions): Promise<Ran>;
  run(command: string, args: readonly string[], options?: RunOptions): Promise<Ran>;
  /** Environment of `backbone lab env`. */
  environment(...options: readonly string[]): Promise<Record<string, string>>;
  record(): Promise<LabRecord>;
  remove(): Promise<void>;
}

export async function labOfItsOwn(): Promise<RunningLab> {
  const directory = await mkdtemp(join(tmpdir(), 'backbone-lab-'));
  const paths = labPaths(join(directory, 'lab'));
  const output = join(directory, 'cdktf.out');
  const printed: string[] = [];
  const commandLines = new Set<string>();
  const own = { BACKBONE_LAB: paths.root, CDKTF_OUTDIR: output };

  const run = async (command: string, args: readonly string[], options: RunOptions = {}) => {
    const watching = watchCommandLines(50, commandLines);
    try {
      const { exitCode, stdout, stderr } = await execa(command, [...args], {
        cwd: options.cwd ?? root,
        env: { ...plainEnvironment(), ...own, ...options.env },
        extendEnv: false,
        reject: false,
        ...(options.input === undefined ? { stdin: 'ignore' } : { input: options.input }),
      });
      printed.push(stdout, stderr);
      return { exitCode, stdout, stderr };
    } finally {
      watching.stop();
    }
  };
  const backbone = (args: readonly string[], options?: RunOptions) =>
    run(process.execPath, [join(root, 'bin', 'backbone.mjs'), ...args], options);

  return {
    paths,
    output,
    printed,
    commandLines,
    backbone,
    run,
    environment: async (...options) => {
      const { stdout, stderr } = await backbone(['lab', 'env', '--json', ...options]);
      // What was asked for is a token: it is no leak that it was printed.
      printed.splice(-2, 1);
      if (stdout === '') throw new Error(stderr);
      const variables = JSON.parse(stdout) as Record<string, string>;
      return Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
    },
    record: async () => {
      const record = await readRecord(paths);
      if (record === undefined || record === 'unreadable') throw new Error('there is no lab');
      return record;
    },
    remove: async () => {
      await backbone(['lab', 'down']);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Nothing of the machine's own Terraform, AWS or OpenBao set-up. */
function plainEnvironment(): Record<string, string> {
  const kept = ['PATH', 'HOME', 'XDG_CACHE_HOME', 'LANG', 'BACKBONE_PROVIDERS'] as const;
  return Object.fromEntries(
    kept.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}

/** Every file below a directory, by path, as bytes read as Latin-1 so that nothing is lost. */
export async function filesBelow(directory: string): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    found.set(path, await readFile(path, 'latin1'));
  }
  return found;
}
