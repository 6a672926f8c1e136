import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { coloured } from '../output/colour.ts';
import { announce } from '../output/terminal.ts';
import { UserError } from '../user-error.ts';
import { registryOf, type TerraformBinary } from './binary.ts';
import { leavingInterrupts } from './interrupt.ts';

export interface TerraformStack {
  readonly name: string;
  readonly terraform: TerraformBinary;
  /** Directory of `cdktf.out`, as a person would write it. */
  readonly output: string;
  readonly env: Record<string, string>;
  /** What Terraform prints is shown on stderr; `quiet` keeps it for an error message. */
  readonly quiet: boolean;
}

/** Counts of a plan, as its summary says them. */
export interface Changes {
  readonly add: number;
  readonly change: number;
  readonly remove: number;
}

/**
 * Fetches providers. A lock file that synth put there is never changed; without one it is made, and to
 * one of the other program's registry OpenTofu adds the hashes of its own packages.
 */
export async function init(stack: TerraformStack): Promise<void> {
  const file = join(directory(stack), '.terraform.lock.hcl');
  const lock = await readFile(file, 'utf8').catch(() => '');
  const options = lock.includes(`"${registryOf(stack.terraform)}/`) ? ['-lockfile=readonly'] : [];
  await terraform(stack, ['init', '-input=false', ...options], [0], true);
}

/**
 * @param options  more arguments of `terraform plan`, e.g. `-destroy`
 * @returns undefined where the plan is empty; the plan itself is left in the file `plan`
 */
export async function plan(
  stack: TerraformStack,
  options: readonly string[] = [],
): Promise<Changes | undefined> {
  const { exitCode } = await terraform(
    stack,
    ['plan', '-input=false', '-detailed-exitcode', '-out=plan', ...options],
    [0, 2],
  );
  return exitCode === 0 ? undefined : changes(await shownPlan(stack));
}

/** Applies exactly the plan that {@link plan} left and that was shown. */
export async function applyPlanned(stack: TerraformStack): Promise<void> {
  await terraform(stack, ['apply', '-input=false', 'plan'], [0]);
}

/** Output values of what was applied, by name; none where nothing was. */
export async function outputs(stack: TerraformStack): Promise<Readonly<Record<string, unknown>>> {
  const args = ['output', '-json'];
  announce(stack.terraform.name, [`-chdir=${directory(stack)}`, ...args]);
  const { stdout, exitCode, stderr } = await execa(stack.terraform.path, args, {
    cwd: directory(stack),
    env: stack.env,
    extendEnv: false,
    reject: false,
  });
  if (exitCode !== 0) {
    throw new UserError(
      `${stack.terraform.name} output failed for the stack ${stack.name}:\n${stderr}`,
    );
  }
  const answer = JSON.parse(stdout) as Record<string, { readonly value: unknown }>;
  return Object.fromEntries(Object.entries(answer).map(([name, { value }]) => [name, value]));
}

interface ShownPlan {
  readonly resource_changes?: readonly {
    readonly address: string;
    readonly type: string;
    readonly change: { readonly actions: readonly string[] };
  }[];
}

/** Addresses and types that the plan file would destroy. */
export async function doomed(
  stack: TerraformStack,
): Promise<readonly { readonly address: string; readonly type: string }[]> {
  const { resource_changes = [] } = await shownPlan(stack);
  return resource_changes.filter(({ change }) => change.actions.includes('delete'));
}

async function shownPlan(stack: TerraformStack): Promise<ShownPlan> {
  return JSON.parse(await planAsJson(stack)) as ShownPlan;
}

/** The plan file that {@link plan} left, as Terraform shows it to a machine: with every value of it. */
export async function planAsJson(stack: TerraformStack): Promise<string> {
  const args = ['show', '-json', 'plan'];
  announce(stack.terraform.name, [`-chdir=${directory(stack)}`, ...args]);
  const { stdout } = await execa(stack.terraform.path, args, {
    cwd: directory(stack),
    env: stack.env,
    extendEnv: false,
  });
  return stdout;
}

function changes({ resource_changes = [] }: ShownPlan): Changes {
  const count = (action: string) =>
    resource_changes.filter(({ change }) => change.actions.includes(action)).length;
  return { add: count('create'), change: count('update'), remove: count('delete') };
}

function directory({ output, name }: TerraformStack): string {
  return join(output, 'stacks', name);
}

async function terraform(
  stack: TerraformStack,
  args: readonly string[],
  expected: readonly number[],
  quiet = stack.quiet,
): Promise<{ readonly exitCode: number }> {
  announce(stack.terraform.name, [`-chdir=${directory(stack)}`, ...args]);
  const plain = quiet || !coloured(process.stderr);
  const { exitCode, all } = await leavingInterrupts(() =>
    execa(
      stack.terraform.path,
      [...args.slice(0, 1), ...(plain ? ['-no-color'] : []), ...args.slice(1)],
      {
        cwd: directory(stack),
        env: stack.env,
        extendEnv: false,
        reject: false,
        stdin: 'ignore',
        all: true,
        stdout: quiet ? 'pipe' : process.stderr,
        stderr: quiet ? 'pipe' : process.stderr,
      },
    ),
  );
  if (exitCode !== undefined && expected.includes(exitCode)) return { exitCode };
  const lines = quiet ? `:\n${all ?? ''}` : ', see above';
  throw new UserError(
    `${stack.terraform.name} ${args[0] ?? ''} failed for the stack ${stack.name}${lines}`,
  );
}
