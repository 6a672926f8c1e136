import { defineCommand, renderUsage, runCommand, type CommandDef } from 'citty';
import { version } from './version.ts';
import { UsageError } from './usage-error.ts';
import { UserError } from './user-error.ts';

/** Loaded only when called, so that each command pays for itself alone. */
const commands = {
  synth: () => import('./commands/synth.ts').then((module) => module.synth),
  plan: () => import('./commands/plan.ts').then((module) => module.plan),
  deploy: () => import('./commands/deploy.ts').then((module) => module.deploy),
  destroy: () => import('./commands/destroy.ts').then((module) => module.destroy),
  as: () => import('./commands/as.ts').then((module) => module.as),
  secret: () => import('./commands/secret.ts').then((module) => module.secret),
  doctor: () => import('./commands/doctor.ts').then((module) => module.doctor),
  lab: () => import('./commands/lab.ts').then((module) => module.lab),
};

const backbone = defineCommand({
  meta: {
    name: 'backbone',
    version,
    description:
      'Who may read what, for how long, from where: one declaration, deployed to OpenBao, AWS and Proxmox',
  },
  subCommands: commands,
});

/**
 * Runs one command line.
 *
 * @returns the exit status: 0 done, or nothing to do; 1 could not, or refused; 2 there are changes
 *   (`plan`) or findings (`doctor`, `secret list`); 70 a bug, with its stack
 */
export async function main(rawArgs: readonly string[]): Promise<number> {
  try {
    if (rawArgs.length === 0 || rawArgs.some((arg) => arg === '--help' || arg === '-h')) {
      await help(rawArgs);
      return 0;
    }
    if (rawArgs[0] === '--version') {
      process.stdout.write(`${version}\n`);
      return 0;
    }
    const { result } = await runCommand(await leaf(rawArgs), {
      rawArgs: rawArgs.slice(pathOf(rawArgs).length),
    });
    return typeof result === 'number' ? result : 0;
  } catch (error) {
    return report(error);
  }
}

/** The words of a command line that name a command: `secret put unifi/tofu` -> `secret`, `put`. */
function pathOf(rawArgs: readonly string[]): readonly string[] {
  const [first, second] = rawArgs;
  if (first === undefined || !Object.hasOwn(commands, first)) return [];
  const nested =
    ['secret', 'lab'].includes(first) && second !== undefined && !second.startsWith('-');
  return nested ? [first, second] : [first];
}

async function leaf(rawArgs: readonly string[]): Promise<CommandDef> {
  const path = pathOf(rawArgs);
  if (path.length === 0) {
    const known = Object.keys(commands).join(', ');
    throw new UsageError(`there is no command "${rawArgs[0] ?? ''}"; there are: ${known}`);
  }
  let command: CommandDef = backbone;
  for (const word of path) {
    const nested = await resolve(command.subCommands);
    const next = nested?.[word];
    if (next === undefined) {
      const known = Object.keys(nested ?? {}).join(', ');
      throw new UsageError(`there is no command "${path.join(' ')}"; there are: ${known}`);
    }
    command = (await resolve(next)) as CommandDef;
  }
  if (command.run === undefined) {
    const nested = Object.keys((await resolve(command.subCommands)) ?? {}).join(', ');
    throw new UsageError(`"${path.join(' ')}" needs one of: ${nested}`);
  }
  return command;
}

async function resolve<T>(value: T | Promise<T> | (() => T) | (() => Promise<T>)): Promise<T> {
  return typeof value === 'function' ? (value as () => T | Promise<T>)() : value;
}

async function help(rawArgs: readonly string[]): Promise<void> {
  const words = pathOf(rawArgs);
  let command: CommandDef = backbone;
  let parent: CommandDef | undefined;
  for (const word of words) {
    const next = (await resolve(command.subCommands))?.[word];
    if (next === undefined) break;
    parent = command;
    command = (await resolve(next)) as CommandDef;
  }
  process.stdout.write(`${await renderUsage(command, parent)}\n`);
}

function report(error: unknown): number {
  if (error instanceof UserError) {
    process.stderr.write(`backbone: ${error.message}\n`);
    return 1;
  }
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`backbone: this is a bug, please report it\n${detail}\n`);
  return 70;
}
