import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Release } from '../host/base-image.ts';
import { vethOf, type Container } from '../host/container.ts';
import { openHosts } from '../host/hosts.ts';
import { inNetwork } from '../host/network.ts';
import { exists } from '../parts/cache.ts';
import type { Progress } from '../parts/part.ts';
import { diskOf } from './guest-config.ts';
import { packetFilter } from './packet-filter.ts';
import { properties } from './parameters.ts';
import { mountedFile, nameOf } from './pct.ts';
import type { Runtime } from './runtime.ts';
import type { Guest } from './state.ts';

/** Release of Debian by what Proxmox's own templates begin with. */
const releases: Readonly<Record<string, Release>> = {
  'debian-12': 'bookworm',
  'debian-13': 'trixie',
};

/**
 * Containers that really are: made with an image of the template's release when the API makes them, booted
 * by systemd when it starts them, and filtered on the bridge.
 *
 * @param directory  directory of hosts, see lab/host
 * @param anchors  PEM certificates that the containers trust beside Debian's
 */
export async function bootingRuntime(
  directory: string,
  anchors: string,
  progress: Progress,
): Promise<Runtime> {
  const hosts = await openHosts(directory);
  const existing = async ({ vmid }: Guest): Promise<Container> => {
    const found = await hosts.find(nameOf(vmid));
    if (found === undefined) throw new Error(`CT ${String(vmid)} has no root file system`);
    return found;
  };
  return {
    create: async (guest, template, sshKeys) => {
      const name = nameOf(guest.vmid);
      const release = releaseOf(template.split('vztmpl/')[1] ?? template);
      // One that Proxmox does not know, from a double that was killed in the middle.
      await hosts.destroy(name);
      const made = await hosts.create(
        { ...settingsOf(guest), name, release, image: 'template', authorizedKeys: sshKeys },
        progress,
      );
      await trust(made, anchors);
    },
    start: async (guest) => {
      const container = await existing(guest);
      const id = String(guest.vmid);
      if (await exists(mountedFile(directory, guest.vmid)))
        throw new Error('CT is locked (mounted)');
      await container.configure({ ...container.record.settings, ...settingsOf(guest) });
      progress(`booting CT ${id}`);
      // With the new configuration. The start of a container ends before systemd has started everything.
      await (await existing(guest)).launch();
    },
    stop: async (guest) => (await existing(guest)).kill(),
    shutdown: async (guest, seconds) => (await existing(guest)).stop(seconds),
    reboot: async (guest) => {
      const container = await existing(guest);
      await container.stop(60);
      await container.configure({ ...container.record.settings, ...settingsOf(guest) });
      await (await existing(guest)).launch();
    },
    destroy: ({ vmid }) => hosts.destroy(nameOf(vmid)),
    status: async ({ vmid }) => {
      const container = await hosts.find(nameOf(vmid));
      return container !== undefined && (await container.isRunning()) ? 'running' : 'stopped';
    },
    filter: async (state) => {
      const script = packetFilter(state, (vmid) => ({ veth: vethOf(hosts.network, nameOf(vmid)) }));
      const [command, ...args] = [...inNetwork(hosts.network.namespace), 'nft', '-f', '-'];
      await execa(command, args, { input: script });
    },
  };
}

/** @throws Error  the double has no such system */
export function releaseOf(file: string): Release {
  const found = Object.entries(releases).find(([prefix]) => file.startsWith(`${prefix}-`));
  if (found === undefined) {
    throw new Error(
      `the double has no root file system of ${file}: only of debian-12 and debian-13`,
    );
  }
  return found[1];
}

function settingsOf({ vmid, config }: Guest) {
  const net = properties(String(config['net0'] ?? ''), 'name');
  const address = net.get('ip') ?? '';
  if (!/^\d+(\.\d+){3}\/\d+$/.test(address)) {
    throw new Error(`the double boots only a container whose net0 has a static IPv4 address`);
  }
  return {
    hostname: String(config['hostname'] ?? `CT${String(vmid)}`),
    address,
    dns: String(config['nameserver'] ?? '')
      .split(/[\s,]+/)
      .filter((server) => /^\d+(\.\d+){3}$/.test(server)),
    gateway: net.get('gw'),
    mac: net.get('hwaddr'),
    volumes: volumesOf(config),
  };
}

function volumesOf(config: Guest['config']) {
  return Object.entries(config)
    .filter(([name]) => /^mp[0-9]+$/.test(name))
    .map(([name, text]) => ({
      name,
      path: properties(String(text), 'volume').get('mp') ?? '',
      gib: diskOf(config, name).gib,
    }));
}

/** What a site bakes into its template: its own CA, here for the double of AWS. */
async function trust(container: Container, anchors: string): Promise<void> {
  const bundle = '/etc/ssl/certs/ca-certificates.crt';
  const theirs = await readFile(join(container.root, bundle), 'utf8');
  await container.write({ path: bundle, content: `${theirs}${anchors}` });
  // From here it comes back whenever the bundle is made anew.
  await container.write({ path: '/usr/local/share/ca-certificates/lab.crt', content: anchors });
}
