import { createHash, randomBytes } from 'node:crypto';
import type { Call } from './call.ts';
import { properties, type Kind, type Values } from './parameters.ts';
import { badParameters, failed, forbidden } from './refusal.ts';
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
function withMacAddress(net: string): string {
  const given = properties(net, 'name');
  if (!given.has('hwaddr')) {
    const [a = '', b = '', c = ''] =
      randomBytes(3).toString('hex').toUpperCase().match(/../g) ?? [];
    given.set('hwaddr', ['BC', '24', '11', a, b, c].join(':'));
  }
  if (!given.has('type')) given.set('type', 'veth');
  return [...given].map(([name, value]) => `${name}=${value}`).join(',');
}

/** `rootfs`, or the nth volume that is mounted beside it. */
const isDisk = (name: string) => /^(rootfs|mp[0-9]+)$/.test(name);

/**
 * What is kept of a parameter of the configuration. A disk of it: `local-lvm:8` makes one of 8 GiB there; of one
 * that is there already, volume and size stay, as only `resize` changes these.
 */
export function kept(call: Call, guest: Guest, name: string, value: string | number) {
  if (/^net[0-9]+$/.test(name)) return withMacAddress(String(value));
  if (!isDisk(name)) return value;
  const given = properties(String(value), 'volume');
  const wanted = given.get('volume') ?? '';
  given.delete('volume');
  if (name !== 'rootfs' && !given.has('mp')) {
    throw badParameters({ [name]: "property 'mp' is missing and it is not optional" });
  }
  if (guest.config[name] !== undefined) {
    const { volume, gib } = diskOf(guest.config, name);
    return disk(volume, given, gib);
  }
  const [storage = '', gib = ''] = wanted.split(':');
  if (!/^[0-9]+$/.test(gib)) throw failed(`unable to parse volume ID '${wanted}'`);
  call.state.sequence += 1;
  const nth = name === 'rootfs' ? 0 : 1 + Number(name.slice('mp'.length));
  const volume = `${storageFor(storage, 'rootdir')}:vm-${String(guest.vmid)}-disk-${String(nth)}`;
  return disk(volume, given, Number(gib));
}

function disk(volume: string, options: Map<string, string>, gib: number): string {
  options.delete('size');
  const rest = [...options].map(([name, value]) => `${name}=${value}`);
  return [volume, ...rest, `size=${String(gib)}G`].join(',');
}

export function diskOf(
  config: Guest['config'],
  name: string,
): { readonly volume: string; readonly gib: number } {
  const found = properties(String(config[name] ?? ''), 'volume');
  return {
    volume: found.get('volume') ?? '',
    gib: Number((found.get('size') ?? '0G').slice(0, -1)),
  };
}

/**
 * @param size  `12G`, or `+4G`
 * @throws Refusal  there is no such disk, or it would shrink
 */
export function resize(guest: Guest, name: string, size: string): void {
  if (!isDisk(name) || guest.config[name] === undefined) {
    throw failed(`disk '${name}' does not exist`);
  }
  const { volume, gib } = diskOf(guest.config, name);
  const [, more, digits] = /^(\+?)([0-9]+)G$/.exec(size) ?? [];
  if (digits === undefined) throw failed(`unable to parse size '${size}'`);
  const wanted = more === '+' ? gib + Number(digits) : Number(digits);
  if (wanted < gib) throw failed('unable to shrink disk size');
  const options = properties(String(guest.config[name]), 'volume');
  options.delete('volume');
  guest.config[name] = disk(volume, options, wanted);
}

export function digest(config: Values): string {
  return createHash('sha1').update(JSON.stringify(config)).digest('hex');
}
