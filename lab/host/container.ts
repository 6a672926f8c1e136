import { createHash } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Progress } from '../parts/part.ts';
import { isAlive, startProcess, type ProcessId } from '../processes/process.ts';
import { baseImage, firstUid } from './base-image.ts';
import { makeCgroups, processesOf, removeCgroups } from './cgroup.ts';
import { configureNetwork, configureSsh } from './configure.ts';
import { enter, leaderOf, type Entered } from './enter.ts';
import { inNetwork } from './network.ts';
import {
  hostPaths,
  readContainer,
  writeContainer,
  type ContainerRecord,
  type ContainerSettings,
  type NetworkRecord,
} from './record.ts';
import { copyLayer, mountRoot, unmount, writeGuestFile, type GuestFile } from './rootfs.ts';
import { mountVolumes, unmountVolumes, volumeArguments } from './volumes.ts';

/** Signals that systemd as PID 1 acts on, by number: SIGRTMIN+3 and SIGRTMIN+5. See systemd(1). */
const halt = 37;
const reboot = 39;

/** How long a slow machine may take to boot or to stop. */
const patience = 180;

/** One container of a directory of hosts; each call reads what is really there. */
export interface Container {
  readonly name: string;
  readonly root: string;
  readonly record: ContainerRecord;
  /** Something of it runs: systemd, or the supervisor that boots it again. */
  isRunning(): Promise<boolean>;
  leader(): Promise<number | undefined>;
  /** Boots, and returns when systemd has started everything. @throws Error  it ended, with its console */
  start(): Promise<void>;
  /** Boots, and returns as soon as it has a PID 1. @throws Error  as `start` */
  launch(): Promise<void>;
  /** Makes sure that its file systems are mounted, as after a restart of the machine they are not. */
  mount(): Promise<void>;
  /** Name, address and resolver from its next start on. @throws Error  it runs */
  configure(changed: ContainerSettings): Promise<void>;
  /** systemd stops everything in order. @throws Error  not within `seconds`; it still runs */
  stop(seconds?: number): Promise<void>;
  /** As pulling the plug. */
  kill(): Promise<void>;
  /** Returns when it has booted again. */
  reboot(): Promise<void>;
  /**
   * Returns when systemd has started everything.
   *
   * @param other  the leader that is about to go, where the container reboots by itself
   */
  booted(other?: number): Promise<void>;
  enter(command: readonly string[], input?: string | Uint8Array): Promise<Entered>;
  /**
   * Writes a file: into the root file system while it is stopped; while it runs, from inside, which is
   * how `/run` and other mounts are reached.
   */
  write(file: GuestFile): Promise<void>;
  /** Ends and removes everything of it. */
  destroy(): Promise<void>;
}

/**
 * Makes a container and does not start it.
 *
 * @param from  a stopped one, whose disk it starts with; name, keys and machine id are its own
 * @throws Error  there is one of that name
 */
export async function createContainer(
  directory: string,
  network: NetworkRecord,
  settings: ContainerSettings,
  progress: Progress,
  from?: Container,
): Promise<Container> {
  const { name, release, image } = settings;
  const base = from?.record.base ?? (await baseImage(release, image, progress));
  const paths = hostPaths(directory).container(name);
  await mkdir(hostPaths(directory).containers, { recursive: true, mode: 0o711 });
  await mkdir(paths.directory, { mode: 0o711 }).catch((error: unknown) => {
    const taken = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    throw taken ? new Error(`there is a container ${name} already`) : error;
  });
  const cgroup = `${network.namespace}-${name}`;
  const record = { settings, cgroup, veth: vethOf(network, name), base, hostKey: '' };
  await writeContainer(directory, record);
  if (from !== undefined) {
    if (await from.isRunning()) throw new Error(`container ${from.name} runs`);
    await copyLayer(hostPaths(directory).container(from.name), paths);
  }
  await mountRoot(base, paths);
  await writeGuestFile(paths.root, { path: '/etc/machine-id', content: '' });
  await configureNetwork(paths.root, settings);
  const hostKey = await configureSsh(paths.root, settings);
  await writeContainer(directory, { ...record, hostKey });
  return container(directory, network, { ...record, hostKey });
}

/** Name of a container's port of the bridge, which is there while it runs. At most 15 characters. */
export function vethOf({ namespace }: NetworkRecord, name: string): string {
  return `ve${createHash('sha256').update(`${namespace} ${name}`).digest('hex').slice(0, 8)}`;
}

/** Undefined where there is none of that name. */
export async function findContainer(
  directory: string,
  network: NetworkRecord,
  name: string,
): Promise<Container | undefined> {
  const record = await readContainer(directory, name);
  return record === undefined ? undefined : container(directory, network, record);
}

/** Also where its making was cut off and left no record. */
export async function destroyContainer(
  directory: string,
  { namespace }: NetworkRecord,
  name: string,
): Promise<void> {
  const paths = hostPaths(directory).container(name);
  await removeCgroups(`${namespace}-${name}`);
  await unmountVolumes(paths.volumes);
  await unmount(paths.root);
  await rm(paths.directory, { recursive: true, force: true });
}

function container(directory: string, network: NetworkRecord, record: ContainerRecord): Container {
  const { settings, cgroup } = record;
  const { name } = settings;
  const paths = hostPaths(directory).container(name);
  const leader = () => leaderOf(cgroup);
  const isRunning = async () => (await processesOf(cgroup)).length > 0;

  const inside = async () => {
    const pid = await leader();
    if (pid === undefined) throw new Error(`container ${name} does not run`);
    return pid;
  };

  /** @param supervisor  runs a moment before it is in the cgroup */
  const waitFor = async (
    ready: (leader: number) => Promise<boolean>,
    other?: number,
    supervisor?: ProcessId,
  ) => {
    const deadline = Date.now() + patience * 1000;
    for (;;) {
      const pid = await leader();
      if (pid !== undefined && pid !== other && (await ready(pid))) return;
      const runs = (await isRunning()) || (supervisor !== undefined && (await isAlive(supervisor)));
      const over = !runs ? 'ended' : Date.now() > deadline ? 'does not boot' : '';
      if (over !== '') throw new Error(`container ${name} ${over}:\n${await consoleOf(paths.log)}`);
      await delay(50);
    }
  };

  const mount = async () => {
    await mountRoot(record.base, paths);
    await mountVolumes(paths.volumes, settings.volumes);
  };
  const booted = (other?: number) => waitFor(hasBooted, other);

  const launch = async () => {
    if (await isRunning()) throw new Error(`container ${name} runs already`);
    await removeCgroups(cgroup);
    await mount();
    const cgroups = await makeCgroups(cgroup);
    const supervisor = fileURLToPath(new URL('./supervise.sh', import.meta.url));
    const [command, ...args] = [
      ...inNetwork(network.namespace),
      ...['bash', supervisor, network.bridge, record.veth, ...cgroups, '--'],
      ...nspawn(record, paths.root),
      ...volumeArguments(paths.volumes, settings.volumes),
    ];
    const started = await startProcess({ command, args }, paths.log);
    await waitFor(() => Promise.resolve(true), undefined, started);
  };

  const ended = async (seconds: number, signal: number) => {
    const deadline = Date.now() + seconds * 1000;
    for (let waited = 0; await isRunning(); waited += 1) {
      // Again and again, as systemd ignores it until it has set up its signals.
      const pid = waited % 20 === 0 ? await leader() : undefined;
      if (pid !== undefined) process.kill(pid, signal);
      if (Date.now() > deadline) {
        throw new Error(`container ${name} has not stopped after ${String(seconds)} s`);
      }
      await delay(50);
    }
    await removeCgroups(cgroup);
  };

  return {
    ...{ name, root: paths.root, record, isRunning, leader, booted, launch },
    start: async () => {
      await launch();
      await booted();
    },
    mount,
    configure: async (changed) => {
      if (await isRunning()) throw new Error(`container ${name} runs`);
      await mount();
      await configureNetwork(paths.root, changed);
      await writeContainer(directory, { ...record, settings: changed });
    },
    stop: (seconds = patience) => ended(seconds, halt),
    kill: () => ended(patience, 9),
    reboot: async () => {
      const before = await inside();
      process.kill(before, reboot);
      await booted(before);
    },
    enter: async (command, input) => enter(await inside(), command, input),
    write: async (file) => {
      if (await isRunning()) await writeInside(await inside(), file);
      else {
        await mount();
        await writeGuestFile(paths.root, file);
      }
    },
    destroy: () => destroyContainer(directory, network, name),
  };
}

function nspawn({ settings, cgroup, veth }: ContainerRecord, root: string): readonly string[] {
  return [
    ...['systemd-nspawn', '--quiet', '--boot', '--directory', root],
    // The name is one of the whole machine; the host name is what the container calls itself.
    ...['--machine', cgroup, '--hostname', settings.hostname.split('.')[0] ?? settings.name],
    // No systemd has to run here, and none has to know of it.
    ...['--register=no', '--keep-unit', '--link-journal=no', '--console=pipe'],
    ...[`--private-users=${String(firstUid)}:65536`, '--private-users-ownership=off'],
    ...['--private-network', `--network-veth-extra=${veth}:eth0`],
    ...['--resolv-conf=off', '--timezone=off'],
  ];
}

async function hasBooted(leader: number): Promise<boolean> {
  const { stdout } = await enter(leader, ['systemctl', 'is-system-running', '--wait']);
  return ['running', 'degraded'].includes(stdout.trim());
}

async function writeInside(leader: number, file: GuestFile): Promise<void> {
  const { path, content, mode = 0o644, uid = 0, gid = 0 } = file;
  const script =
    'umask 077; mkdir -p "${1%/*}" && cat >"$1.new" && ' +
    'chown "$2" "$1.new" && chmod "$3" "$1.new" && mv "$1.new" "$1"';
  const owner = `${String(uid)}:${String(gid)}`;
  const shell = ['sh', '-c', script, 'sh', path, owner, mode.toString(8)];
  const { exitCode, stderr } = await enter(leader, shell, content);
  if (exitCode !== 0) throw new Error(`${path} could not be written: ${stderr}`);
}

async function consoleOf(log: string): Promise<string> {
  const text = await readFile(log, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-12).join('\n');
}
