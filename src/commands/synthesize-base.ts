import { execa } from 'execa';
import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readRefused, refusedStatus } from '../guardrails/output.ts';
import { readSynthesized } from '../synthesized/read.ts';
import type { Synthesized } from '../synthesized/resource.ts';
import { leavingInterrupts } from '../terraform/interrupt.ts';
import { UserError } from '../user-error.ts';

export const root = dirname(fileURLToPath(new URL('../../package.json', import.meta.url)));

/** What a synth leaves when this process is ended: nothing. @throws UserError  it was ended */
async function cleanly<T>(
  work: (place: string, stop: AbortSignal) => Promise<T>,
  clean: (place: string) => Promise<unknown> = () => Promise.resolve(),
): Promise<T> {
  const place = await mkdtemp(join(tmpdir(), 'backbone-review-'));
  const abort = new AbortController();
  const end = () => {
    abort.abort();
  };
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
  try {
    return await leavingInterrupts(async () => {
      try {
        return await work(place, abort.signal);
      } finally {
        await clean(place);
        await rm(place, { recursive: true, force: true });
      }
    });
  } finally {
    for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.off(signal, end);
  }
}

/**
 * What is declared here, synthesized as {@link synthesizeBoth} does it.
 *
 * @throws UserError  it was refused by its synth
 */
export function synthesizeHead(file: string): Promise<Synthesized> {
  return cleanly((place, stop) =>
    synth(root, relative(root, resolve(file)), join(place, 'after'), 'head', stop),
  );
}

/**
 * Both sides of a review: `base` from a worktree of its own, with its own code and declaration, and head as
 * it lies here. Neither is given this process's environment, so neither can use a credential from it.
 *
 * @throws UserError  no such commit, other packages than here, or one side was refused by its synth
 */
export async function synthesizeBoth(
  base: string,
  file: string,
): Promise<{ readonly before: Synthesized; readonly after: Synthesized }> {
  const inside = relative(root, resolve(file));
  if (inside.startsWith('..')) {
    throw new UserError(`${file} is not in this repository, so ${base} has no earlier one`);
  }
  return cleanly(
    async (place, stop) => {
      const tree = join(place, 'base');
      const commit = await git('rev-parse', '--verify', '--end-of-options', `${base}^{commit}`);
      // Of a review that was killed, whose directory somebody has removed since.
      await git('worktree', 'prune');
      await git('worktree', 'add', '--detach', tree, commit);
      await samePackages(base, tree);
      await symlink(join(root, 'node_modules'), join(tree, 'node_modules'));
      await symlink(join(root, '.gen'), join(tree, '.gen'));
      const before = await synth(tree, inside, join(place, 'before'), base, stop);
      const after = await synth(root, inside, join(place, 'after'), 'head', stop);
      return { before, after };
    },
    (place) =>
      execa('git', ['worktree', 'remove', '--force', join(place, 'base')], {
        cwd: root,
        reject: false,
      }),
  );
}

async function git(...args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await execa('git', args, { cwd: root, reject: false });
  if (exitCode !== 0) throw new UserError(`git ${args[0] ?? ''}: ${stderr}`);
  return stdout;
}

/** The packages and bindings of head serve base only where base asks for the same ones. */
async function samePackages(base: string, tree: string): Promise<void> {
  for (const name of ['package-lock.json', 'cdktf.json', 'providers/generate.ts']) {
    const [was, is] = await Promise.all(
      [tree, root].map((one) => readFile(join(one, name), 'utf8').catch(() => undefined)),
    );
    if (was !== is) {
      throw new UserError(
        `${name} differs between ${base} and head, so the packages here cannot synthesize ${base}; ` +
          'review that change by hand, or in a pull request of its own',
      );
    }
  }
}

async function synth(
  cwd: string,
  file: string,
  output: string,
  side: string,
  stop: AbortSignal,
): Promise<Synthesized> {
  const { exitCode } = await execa('node', ['--import', 'tsx/esm', 'src/main.ts'], {
    cwd,
    env: {
      PATH: process.env['PATH'],
      CDKTF_OUTDIR: output,
      BACKBONE_FILE: join(cwd, file),
      CHECKPOINT_DISABLE: '1',
    },
    extendEnv: false,
    cancelSignal: stop,
    reject: false,
    stdin: 'ignore',
    stdout: process.stderr,
    stderr: process.stderr,
  });
  if (stop.aborted) throw new UserError('ended before it was done; nothing is left of it');
  // What the guardrails refuse cannot be deployed, but it can be reviewed.
  if (exitCode === refusedStatus) return readRefused(output);
  if (exitCode !== 0) throw new UserError(`${side} was not synthesized, see above`);
  return readSynthesized(output);
}
