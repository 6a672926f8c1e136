import { UserError } from '../user-error.ts';
import type { ClientCommand } from './command.ts';
import { isClientCommand, type ClientCommandName } from './names.ts';

const commands: Readonly<Record<ClientCommandName, () => Promise<ClientCommand>>> = {
  creds: () => import('./commands/creds.ts').then((module) => module.creds),
  'aws-config': () => import('./commands/aws-config.ts').then((module) => module.awsConfig),
  exec: () => import('./commands/exec.ts').then((module) => module.exec),
  login: () => import('./commands/login.ts').then((module) => module.login),
  logout: () => import('./commands/logout.ts').then((module) => module.logout),
  'secret-id': () => import('./commands/secret-id.ts').then((module) => module.secretId),
  deliver: () => import('./commands/deliver.ts').then((module) => module.deliver),
  launch: () => import('./commands/launch.ts').then((module) => module.launch),
  bootstrap: () => import('./commands/bootstrap.ts').then((module) => module.bootstrap),
  run: () => import('./commands/run.ts').then((module) => module.run),
  rotate: () => import('./commands/rotate.ts').then((module) => module.rotate),
  ssh: () => import('./commands/ssh.ts').then((module) => module.ssh),
  db: () => import('./commands/db.ts').then((module) => module.db),
  certificate: () => import('./commands/certificate.ts').then((module) => module.certificate),
  feed: () => import('./commands/feed.ts').then((module) => module.feed),
  github: () => import('./commands/github.ts').then((module) => module.github),
  'git-credential': () =>
    import('./commands/git-credential.ts').then((module) => module.gitCredential),
  incident: () => import('./commands/incident.ts').then((module) => module.incident),
};

export async function clientCommand(name: ClientCommandName): Promise<ClientCommand> {
  return commands[name]();
}

/**
 * Runs one command line of the client.
 *
 * @returns the exit status: what the command says; 1, or that of a verdict, could not or was refused, with one
 *   message; 70 a bug, with its stack
 */
export async function clientMain(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const [name, ...args] = argv;
  const end = args.indexOf('--');
  const own = end < 0 ? args : args.slice(0, end);
  try {
    if (!isClientCommand(name)) {
      process.stderr.write(usage(name));
      return name === undefined || name === '--help' ? 0 : 1;
    }
    const command = await clientCommand(name);
    if (own.includes('--help') || own.includes('-h')) {
      process.stdout.write(`${command.help.trim()}\n`);
      return 0;
    }
    return await command.run(args, env);
  } catch (error) {
    return report(error, own.includes('--json'));
  }
}

function usage(name: string | undefined): string {
  const known = Object.keys(commands).join(', ');
  const problem =
    name === undefined || name === '--help' ? '' : 'backbone: the client has no such command\n';
  return `${problem}usage: backbone <command> [options]; commands of the client: ${known}\n`;
}

/** With `json`, a program that reads stdout gets the reason there, too. */
function report(error: unknown, json: boolean): number {
  if (error instanceof UserError) {
    process.stderr.write(`backbone: ${error.message}\n`);
    if (json) process.stdout.write(`${JSON.stringify({ error: error.message })}\n`);
    return error.exitStatus;
  }
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`backbone: this is a bug, please report it\n${detail}\n`);
  return 70;
}
