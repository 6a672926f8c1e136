import { createHash, randomBytes } from 'node:crypto';
import type { Call } from './call.ts';
import { properties, type Kind, type Values } from './parameters.ts';
import { failed, forbidden } from './refusal.ts';
import type { Guest } from './state.ts';
import { storageFor } from './storage.ts';

/** What stands in the configuration file of a container; `[n]` for numbered ones. */
export const configParameters: Readonly<Record<string, Kind>> = {
  ...{ arch: 'string', cmode: 'string', console: 'boolean', tty: 'integer', ostype: 'string' },
  ...{ cores: 'integer', cpulimit: 'number', cpuunits: 'integer', memory: 'integer' },
  ...{ swap: 'integer', hostname: 'string', description: 'string', tags: 'string' },
  ...{ nameserver: 'string', searchdomain: 'string', onboot: 'boolean', startup: 'string' },
  ...{ protection: 'boolean', template: 'boolean', features: 'string', hookscript: 'string' },
  ...{ rootfs: 'string', 'net[n]': 'string', 'mp[n]': 'string', 'dev[n]': 'string' },
};

/**
 * What Proxmox keeps for root@pam itself, whatever the rights of a token are (PVE API, `nodes/{node}/lxc`).
 *
 * @throws Refusal  403
 */
export function refuseRootOnly(values: Values): void {
  const features = [...properties(String(values['features'] ?? ''), 'nesting')];
  if (features.some(([name, value]) => name !== 'nesting' && value !== '0')) {
    throw forbidden('changing feature flags (except nesting) is only allowed for root@pam');
  }
  if ('hookscript' in values) throw forbidden("changing 'hookscript' is only allowed for root@pam");
  for (const [name, value] of Object.entries(values)) {
    if (/^dev[0-9]+$/.test(name)) {
      throw forbidden('configuring device passthrough is only allowed for root@pam');
    }
    if (/^mp[0-9]+$/.test(name) && String(value).startsWith('/')) {
      throw forbidden(`mount point type bind is only allowed for root@pam`);
    }
  }
}

/** `net0` as Proxmox keeps it: with a MAC address, of its own range where none was given. */
export function withMacAddress(net: string): string {
  const given = properties(net, 'name');
  if (!given.has('hwaddr')) {
    const [a = '', b = '', c = ''] =
      randomBytes(3).toString('hex').toUpperCase().match(/../g) ?? [];
    given.set('hwaddr', ['BC', '24', '11', a, b, c].join(':'));
  }
  if (!given.has('type')) given.set('type', 'veth');
  return [...given].map(([name, value]) => `${name}=${value}`).join(',');
}

/** A new root disk: `local-lvm:8` is 8 GiB there; without `rootfs`, 4 GiB on the storage. */
export function newRootDisk(call: Call, vmid: number, values: Values): string {
  const wanted = properties(
    String(values['rootfs'] ?? `${String(values['storage'] ?? 'local')}:4`),
    'volume',
  );
  const [storage = '', gib = ''] = (wanted.get('volume') ?? '').split(':');
  if (!/^[0-9]+$/.test(gib))
    throw failed(`unable to parse volume ID '${wanted.get('volume') ?? ''}'`);
  wanted.delete('volume');
  call.state.sequence += 1;
  return rootDisk(
    `${storageFor(storage, 'rootdir')}:vm-${String(vmid)}-disk-0`,
    wanted,
    Number(gib),
  );
}

/** A changed root disk; the volume and its size stay, as only `resize` changes these. */
export function changedRootDisk(guest: Guest, text: string): string {
  const { volume, gib } = diskOf(guest);
  const wanted = properties(text, 'volume');
  wanted.delete('volume');
  return rootDisk(volume, wanted, gib);
}

function rootDisk(volume: string, options: Map<string, string>, gib: number): string {
  options.delete('size');
  const rest = [...options].map(([name, value]) => `${name}=${value}`);
  return [volume, ...rest, `size=${String(gib)}G`].join(',');
}

export function diskOf(guest: Guest): { readonly volume: string; readonly gib: number } {
  const disk = properties(String(guest.config['rootfs'] ?? ''), 'volume');
  return { volume: disk.get('volume') ?? '', gib: Number((disk.get('size') ?? '0G').slice(0, -1)) };
}

/**
 * @param size  `12G`, or `+4G`
 * @throws Refusal  it would shrink
 */
export function resize(guest: Guest, size: string): void {
  const { volume, gib } = diskOf(guest);
  const [, more, digits] = /^(\+?)([0-9]+)G$/.exec(size) ?? [];
  if (digits === undefined) throw failed(`unable to parse size '${size}'`);
  const wanted = more === '+' ? gib + Number(digits) : Number(digits);
  if (wanted < gib) throw failed('unable to shrink disk size');
  const options = properties(String(guest.config['rootfs'] ?? ''), 'volume');
  options.delete('volume');
  guest.config['rootfs'] = rootDisk(volume, options, wanted);
}

export function digest(config: Values): string {
  return createHash('sha1').update(JSON.stringify(config)).digest('hex');
}
