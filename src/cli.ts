import { stripVTControlCharacters } from 'node:util';
import { defineCommand, renderUsage, runCommand, type CommandDef } from 'citty';
import { clientCommand, clientMain } from './client/main.ts';
import { clientCommands, isClientCommand, type ClientCommandName } from './client/names.ts';
import { coloured } from './output/colour.ts';
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
  status: () => import('./commands/status.ts').then((module) => module.status),
  migrate: () => import('./commands/migrate.ts').then((module) => module.migrate),
  secret: () => import('./commands/secret.ts').then((module) => module.secret),
  operator: () => import('./commands/operator.ts').then((module) => module.operator),
  infisical: () => import('./commands/infisical.ts').then((module) => module.infisical),
  import: () => import('./commands/import.ts').then((module) => module.importCommand),
  contract: () => import('./commands/contract.ts').then((module) => module.contract),
  proxy: () => import('./commands/proxy.ts').then((module) => module.proxy),
  inventory: () => import('./commands/inventory.ts').then((module) => module.inventory),
  guardrails: () => import('./commands/guardrails.ts').then((module) => module.guardrails),
  review: () => import('./commands/review.ts').then((module) => module.review),
  verify: () => import('./commands/verify.ts').then((module) => module.verify),
  drift: () => import('./commands/drift.ts').then((module) => module.drift),
  graph: () => import('./commands/graph.ts').then((module) => module.graph),
  doctor: () => import('./commands/doctor.ts').then((module) => module.doctor),
  lab: () => import('./commands/lab.ts').then((module) => module.lab),
};

export const programCommands: readonly string[] = Object.keys(commands);

const backbone = defineCommand({
  meta: {
    name: 'backbone',
    version,
    description:
      'Who may read what, for how long, from where: one declaration, deployed to OpenBao, AWS and Proxmox',
  },
  subCommands: { ...commands, ...Object.fromEntries(clientCommands.map(clientSummary)) },
});

/** A command of the client, as far as the list of all commands shows it: the first line of its help. */
function clientSummary(name: ClientCommandName) {
  const summary = async (): Promise<CommandDef> => {
    const [description = ''] = (await clientCommand(name)).help.trim().split('\n');
    return { meta: { description } };
  };
  return [name, summary] as const;
}

/**
 * Runs one command line.
 *
 * @returns the exit status: 0 done, or nothing to do; 1 could not, or refused; 2 there are changes
 *   (`plan`) or findings (`doctor`, `drift`, `guardrails`, `secret list`, `status`); 3 something is too wide
 *   (`review`, `verify`); 70 a bug, with its stack
 */
export async function main(rawArgs: readonly string[]): Promise<number> {
  if (isClientCommand(rawArgs[0])) return clientMain(rawArgs, process.env);
  try {
    if (rawArgs.length === 0 || own(rawArgs).some((arg) => arg === '--help' || arg === '-h')) {
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
    return report(error, own(rawArgs).includes('--json'));
  }
}

/** What stands after `--` belongs to another program. */
function own(rawArgs: readonly string[]): readonly string[] {
  const end = rawArgs.indexOf('--');
  return end < 0 ? rawArgs : rawArgs.slice(0, end);
}

/** The words of a command line that name a command: `secret put unifi/tofu` -> `secret`, `put`. */
function pathOf(rawArgs: readonly string[]): readonly string[] {
  const [first, second] = rawArgs;
  if (first === undefined || !Object.hasOwn(commands, first)) return [];
  const nested =
    ['secret', 'operator', 'infisical', 'lab'].includes(first) &&
    second !== undefined &&
    !second.startsWith('-');
  return nested ? [first, second] : [first];
}

async function leaf(rawArgs: readonly string[]): Promise<CommandDef> {
  const path = pathOf(rawArgs);
  if (path.length === 0) {
    const known = [...Object.keys(commands), ...clientCommands].join(', ');
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

/** What it does, how it is called, and after that its example. Coloured for a terminal alone. */
async function help(rawArgs: readonly string[]): Promise<void> {
  let command: CommandDef = backbone;
  for (const word of pathOf(rawArgs)) {
    const next = (await resolve(command.subCommands))?.[word];
    if (next === undefined) break;
    command = (await resolve(next)) as CommandDef;
  }
  const meta = await resolve(command.meta);
  const [description, ...examples] = meta?.description?.split('\n\n') ?? [];
  const shown = {
    ...command,
    meta: { ...meta, description },
    subCommands: await summaries(command),
  };
  const text = [(await renderUsage(shown)).trimEnd(), ...examples].join('\n\n');
  const plain = !coloured(process.stdout);
  process.stdout.write(`${plain ? stripVTControlCharacters(text) : text}\n`);
}

/** The subcommands with the first sentence of what each does. */
async function summaries(command: CommandDef): Promise<CommandDef['subCommands']> {
  const nested = await resolve(command.subCommands);
  if (nested === undefined) return undefined;
  const short: Record<string, CommandDef> = {};
  for (const [word, next] of Object.entries(nested)) {
    const meta = await resolve(((await resolve(next)) as CommandDef).meta);
    short[word] = { meta: { description: meta?.description?.split(/\.\s|\n/)[0] } };
  }
  return short;
}

/** With `json`, a program that reads stdout gets the reason there, too. */
function report(error: unknown, json: boolean): number {
  if (error instanceof UserError) {
    process.stderr.write(`backbone: ${error.message}\n`);
    const reason = 'toJSON' in error ? error : { error: error.message };
    if (json) process.stdout.write(`${JSON.stringify(reason, undefined, 2)}\n`);
    return 1;
  }
  // What the parser of arguments refuses, e.g. a missing one; it does not export its class.
  if (error instanceof Error && error.name === 'CLIError') {
    return report(new UsageError(error.message), json);
  }
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`backbone: this is a bug, please report it\n${detail}\n`);
  return 70;
}
