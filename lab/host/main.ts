import { parseArgs } from 'node:util';
import { resolve } from 'node:path';
import { execa } from 'execa';
import { lineProgress } from '../../src/output/progress.ts';
import { PartMissing } from '../parts/part.ts';
import { releases } from './base-image.ts';
import type { Container } from './container.ts';
import { enterCommand } from './enter.ts';
import { openHosts, removeHosts, type Hosts } from './hosts.ts';
import { ensureHostSupport } from './packages.ts';
import { hostSupport } from './support.ts';

const usage = `usage: node --import tsx lab/host/main.ts COMMAND --directory DIR ...

  support                       what this machine lacks; exit status 1 where something is missing
  image [bookworm|trixie]       make the base image, so that later calls take a second
  up NAME [--address 192.0.2.20/24] [--release bookworm|trixie]
                                make a container where there is none, and boot it
  stop | kill | reboot | destroy NAME
  enter NAME COMMAND...         run a command inside, as its root
  write NAME PATH [--mode 600]  a file from standard input, also while it is stopped
  status                        each container: running or stopped
  ssh-config                    the file for ssh -F and Ansible
  down                          remove everything below the directory
`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      directory: { type: 'string' },
      address: { type: 'string', default: '192.0.2.20/24' },
      release: { type: 'string', default: 'bookworm' },
      mode: { type: 'string', default: '644' },
    },
    args: ownArguments(),
  });
  const [command, name = '', path = ''] = positionals;
  const release = releases.find((known) => known === values.release);
  if (release === undefined) return refuse(`--release is one of ${releases.join(', ')}`);
  if (command === 'support') {
    const { missing } = await hostSupport();
    process.stdout.write(missing.map((line) => `${line}\n`).join(''));
    return missing.length === 0 ? 0 : 1;
  }
  if (command === 'image') {
    await ensureHostSupport(lineProgress);
    const { baseImage, images } = await import('./base-image.ts');
    const wanted = releases.filter((known) => name === '' || known === name);
    for (const one of wanted) {
      for (const image of images) {
        process.stdout.write(`${await baseImage(one, image, lineProgress)}\n`);
      }
    }
    return 0;
  }
  if (values.directory === undefined) return refuse('--directory is missing');
  const directory = resolve(values.directory);
  if (command === 'down') {
    const was = await removeHosts(directory);
    process.stdout.write(was ? 'gone\n' : 'there was nothing\n');
    return 0;
  }
  if (command === undefined) return refuse('a command is missing');
  await ensureHostSupport(lineProgress);
  const hosts = await openHosts(directory);
  if (command === 'ssh-config') {
    process.stdout.write(`${hosts.sshConfig}\n`);
    return 0;
  }
  if (command === 'status') return status(hosts);
  const found = await hosts.find(name);
  if (command === 'up') {
    const { address } = values;
    const container = found ?? (await hosts.create({ name, address, release }, lineProgress));
    if (!(await container.isRunning())) await container.start();
    process.stdout.write(`ssh -F ${hosts.sshConfig} ${name}\n`);
    return 0;
  }
  if (found === undefined) return refuse(`there is no container ${name}`);
  switch (command) {
    case 'enter':
      return interactively(found, argumentsOf(name));
    case 'write':
      await found.write({ path, content: await standardInput(), mode: parseInt(values.mode, 8) });
      return 0;
    case 'stop':
    case 'kill':
    case 'reboot':
      await found[command]();
      return 0;
    case 'destroy':
      await hosts.destroy(name);
      return 0;
    default:
      return refuse(`there is no command ${command}`);
  }
}

/** What follows `enter NAME` is the command's own, options included. */
function ownArguments(): string[] {
  const all = process.argv.slice(2);
  const at = all.indexOf('enter');
  return at < 0 ? all : all.slice(0, at + 2);
}

function argumentsOf(name: string): readonly string[] {
  const all = process.argv.slice(2);
  const rest = all.slice(all.indexOf(name, all.indexOf('enter')) + 1);
  return rest[0] === '--' ? rest.slice(1) : rest;
}

async function status(hosts: Hosts): Promise<number> {
  for (const container of await hosts.list()) {
    const { release, address } = container.record.settings;
    const state = (await container.isRunning()) ? 'running' : 'stopped';
    process.stdout.write(`${container.name} ${state} ${release} ${address}\n`);
  }
  return 0;
}

async function interactively(container: Container, command: readonly string[]): Promise<number> {
  const leader = await container.leader();
  if (leader === undefined) return refuse(`container ${container.name} does not run`);
  const wanted = command.length === 0 ? ['bash', '--login'] : command;
  const [program = '', ...args] = enterCommand(leader, wanted);
  const { exitCode } = await execa(program, args, { stdio: 'inherit', reject: false });
  return exitCode ?? 1;
}

async function standardInput(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function refuse(reason: string): number {
  process.stderr.write(`${reason}\n\n${usage}`);
  return 2;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof PartMissing)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
