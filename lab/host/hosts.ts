import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { exists } from '../parts/cache.ts';
import type { Progress } from '../parts/part.ts';
import { createContainer, destroyContainer, findContainer, type Container } from './container.ts';
import { makeNetwork, namespacePath, removeNetwork } from './network.ts';
import {
  containerNames,
  containerSettings,
  hostPaths,
  readNetwork,
  writeNetwork,
  type ContainerSettings,
  type NetworkRecord,
  type Volume,
} from './record.ts';
import { sshKey, sshPaths, writeSshConfig } from './ssh.ts';

/** Real systemd containers on a network of their own, all below one directory. */
export interface Hosts {
  readonly directory: string;
  readonly network: NetworkRecord;
  readonly sshConfig: string;
  /** Makes a container, which is not started; the lab's own SSH key is let in. */
  create(settings: ContainerOptions, progress: Progress): Promise<Container>;
  find(name: string): Promise<Container | undefined>;
  list(): Promise<readonly Container[]>;
  destroy(name: string): Promise<void>;
}

export interface ContainerOptions {
  readonly name: string;
  readonly mac?: string;
  /** @default - the name */
  readonly hostname?: string;
  /** @default bookworm */
  readonly release?: ContainerSettings['release'];
  /** @default furnished */
  readonly image?: ContainerSettings['image'];
  readonly address: string;
  /** @default - the network's first address */
  readonly gateway?: string;
  readonly dns?: readonly string[];
  readonly authorizedKeys?: readonly string[];
  /** @default none */
  readonly volumes?: readonly Volume[];
  /** A stopped container whose disk it starts with, as a full clone of a template does. */
  readonly copyOf?: Container;
}

export interface HostsOptions {
  /** @default vmbr0, as on a fresh Proxmox VE */
  readonly bridge?: string;
  /** @default 192.0.2.1/24 */
  readonly addresses?: readonly string[];
  /** See {@link Network}. @default none */
  readonly elsewhere?: readonly string[];
  readonly seat?: string;
}

/**
 * Opens a directory of hosts, made at first. A network that is gone, as after a restart of the machine,
 * is made again.
 */
export async function openHosts(directory: string, options: HostsOptions = {}): Promise<Hosts> {
  await mkdir(directory, { recursive: true, mode: 0o711 });
  const recorded = await readNetwork(directory);
  const network = recorded ?? {
    namespace: `backbone-${randomBytes(4).toString('hex')}`,
    bridge: options.bridge ?? 'vmbr0',
    addresses: [...(options.addresses ?? ['192.0.2.1/24'])],
    elsewhere: [...(options.elsewhere ?? [])],
    ...(options.seat === undefined ? {} : { seat: options.seat }),
  };
  // Before it exists: whoever is killed now leaves a name by which it can be removed.
  if (recorded === undefined) await writeNetwork(directory, network);
  if (!(await exists(namespacePath(network.namespace)))) await makeNetwork(network);
  const find = (name: string) => findContainer(directory, network, name);
  const publicKey = await sshKey(directory);

  return {
    ...{ directory, network, sshConfig: sshPaths(directory).config, find },
    create: async ({ copyOf, ...wanted }, progress) => {
      const settings = containerSettings.parse({
        ...{ hostname: wanted.name, release: 'bookworm', image: 'furnished', dns: [] },
        gateway: network.addresses[0]?.split('/')[0],
        ...wanted,
        authorizedKeys: [publicKey, ...(wanted.authorizedKeys ?? [])],
      });
      const made = await createContainer(directory, network, settings, progress, copyOf);
      await writeSshConfig(directory, network);
      return made;
    },
    list: async () => {
      const names = await containerNames(directory);
      const found = await Promise.all(names.map(find));
      return found.filter((one) => one !== undefined);
    },
    destroy: async (name) => {
      await destroyContainer(directory, network, name);
      await writeSshConfig(directory, network);
    },
  };
}

/** One container as `lab status` shows it. */
export interface SeenHost {
  readonly name: string;
  readonly hostname: string;
  readonly release: string;
  /** With prefix. */
  readonly address: string;
  readonly running: boolean;
}

/** Looks, and changes nothing; none where there is no directory. */
export async function seeHosts(directory: string): Promise<readonly SeenHost[]> {
  const network = await readNetwork(directory);
  if (network === undefined) return [];
  const seen: SeenHost[] = [];
  for (const name of await containerNames(directory)) {
    const container = await findContainer(directory, network, name);
    if (container === undefined) continue;
    const { hostname, release, address } = container.record.settings;
    seen.push({ name, hostname, release, address, running: await container.isRunning() });
  }
  return seen;
}

/**
 * Ends and removes every container, the network and the directory, whatever was left half made.
 *
 * @returns false where there was nothing
 * @throws Error  the directory is none of hosts
 */
export async function removeHosts(directory: string): Promise<boolean> {
  if (!(await exists(directory))) return false;
  const network = await readNetwork(directory);
  if (network === undefined) {
    if ((await readdir(directory)).length > 0) {
      throw new Error(`${directory} holds something that is no directory of hosts`);
    }
  } else {
    for (const name of await containerNames(directory)) {
      await destroyContainer(directory, network, name);
    }
    await removeNetwork(network.namespace);
  }
  await rm(hostPaths(directory).containers, { recursive: true, force: true });
  await rm(directory, { recursive: true, force: true });
  return true;
}
