import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Container } from '../host/container.ts';
import { openHosts } from '../host/hosts.ts';
import { hostPaths } from '../host/record.ts';
import { exists } from '../parts/cache.ts';

/** Name of a container among the hosts of the lab. */
export const nameOf = (vmid: number) => `ct${String(vmid)}`;

/** There while a container is mounted: Proxmox does not start it then. */
export const mountedFile = (directory: string, vmid: number) =>
  join(hostPaths(directory).container(nameOf(vmid)).directory, 'mounted');

/** As `pct` says it; exit status 255. */
export class PctError extends Error {
  override readonly name = 'PctError';
}

/** What a Proxmox VE host's `pct` does with a container's files, on the double's containers. See pct(1). */
export interface Pct {
  /**
   * `pct mount`: locks the stopped container against a start and gives where its root file system is.
   * Whatever is written there has to belong to uid 100000 and up, as on Proxmox.
   *
   * @throws PctError  it runs, or is mounted
   */
  mount(): Promise<string>;
  /** `pct unmount`. @throws PctError  it is not mounted */
  unmount(): Promise<void>;
  /** `pct push`. @throws PctError  it does not run: Proxmox pushes only into one that does */
  push(file: string, destination: string, options?: PushOptions): Promise<void>;
  status(): Promise<'running' | 'stopped'>;
  /** `pct config`, as far as it says which container it is. */
  config(): string;
  /** `pct start`. @throws PctError  it is mounted, or runs */
  start(): Promise<void>;
}

export interface PushOptions {
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
}

/**
 * @param directory  of the hosts of the lab
 * @throws PctError  there is no container of that number
 */
export async function pct(directory: string, vmid: number): Promise<Pct> {
  const container = await find(directory, vmid);
  const mark = mountedFile(directory, vmid);
  return {
    mount: async () => {
      if (await container.isRunning()) {
        throw new PctError(`CT ${String(vmid)} is running`);
      }
      await container.mount();
      try {
        await writeFile(mark, '', { flag: 'wx', mode: 0o600 });
      } catch {
        throw new PctError('CT is locked (mounted)');
      }
      return container.root;
    },
    unmount: async () => {
      const mounted = await readFile(mark).catch(() => undefined);
      if (mounted === undefined) throw new PctError(`CT ${String(vmid)} is not mounted`);
      // The overlay itself stays, as the container's disk does.
      await rm(mark);
    },
    push: async (file, path, options = {}) => {
      if (!(await container.isRunning())) {
        throw new PctError('can only push files to a running CT');
      }
      await container.write({ path, content: await readFile(file), ...options });
    },
    status: async () => ((await container.isRunning()) ? 'running' : 'stopped'),
    config: () => {
      const { hostname, address, gateway } = container.record.settings;
      return [
        `hostname: ${hostname}`,
        `net0: name=eth0,bridge=vmbr0,gw=${gateway ?? ''},ip=${address},type=veth`,
        'unprivileged: 1',
      ].join('\n');
    },
    start: async () => {
      if (await exists(mark)) throw new PctError('CT is locked (mounted)');
      if (await container.isRunning()) throw new PctError(`CT ${String(vmid)} already running`);
      await container.launch();
    },
  };
}

async function find(directory: string, vmid: number): Promise<Container> {
  const found = await (await openHosts(directory)).find(nameOf(vmid));
  if (found !== undefined) return found;
  throw new PctError(`Configuration file 'nodes/pve1/lxc/${String(vmid)}.conf' does not exist`);
}
