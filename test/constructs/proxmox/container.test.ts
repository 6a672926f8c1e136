import { describe, expect, it } from 'vitest';
import type { Address, Cidr, Tag } from '../../../src/config/brands.ts';
import { ConstructError } from '../../../src/constructs/construct-error.ts';
import type { ContainerProps } from '../../../src/constructs/proxmox/container.ts';
import { Template } from '../template.ts';
import { addContainer } from './standard-container.ts';

function synthesize(overrides?: Partial<ContainerProps>) {
  const template = Template.of((stack) => addContainer(stack, overrides));
  return template.resource('proxmox_virtual_environment_container', 'openbao-1');
}

describe('Container', () => {
  it('is unprivileged, created stopped, never swaps, and stands under the firewall', () => {
    expect(synthesize()).toMatchObject({
      vm_id: 120,
      node_name: 'pve1',
      unprivileged: true,
      started: false,
      start_on_boot: true,
      features: { nesting: true },
      memory: { dedicated: 1024, swap: 0 },
      disk: { datastore_id: 'local-lvm', size: 8 },
      network_interface: [{ name: 'eth0', bridge: 'vmbr0', firewall: true }],
    });
  });

  it('has a volume of its storage where one is wanted, in no backup, and else none', () => {
    const volume = { path: '/var/lib/openbao', sizeGiB: 3 };
    expect(synthesize({ volume })['mount_point']).toEqual([
      { volume: 'local-lvm', size: '3G', path: '/var/lib/openbao', backup: false },
    ]);
    expect(synthesize()).not.toHaveProperty('mount_point');
  });

  it('turns on no feature but nesting, as an API token may change no other', () => {
    expect(synthesize()['features']).toEqual({ nesting: true });
  });

  it('has a static address with the prefix length of its network', () => {
    expect(synthesize()['initialization']).toMatchObject({
      hostname: 'openbao-1',
      ip_config: [{ ipv4: { address: '192.0.2.20/24', gateway: '192.0.2.1' } }],
    });
    expect(
      synthesize({
        address: '2001:db8::20' as Address,
        network: '2001:db8::/64' as Cidr,
        gateway: '2001:db8::1' as Address,
      })['initialization'],
    ).toMatchObject({
      ip_config: [{ ipv6: { address: '2001:db8::20/64', gateway: '2001:db8::1' } }],
    });
  });

  it('has its tags sorted, once each, with the tag of the program among them', () => {
    const tags = ['zeta', 'credential-backbone', 'alpha', 'zeta'] as Tag[];
    expect(synthesize({ tags })['tags']).toEqual(['alpha', 'credential-backbone', 'zeta']);
  });

  it('is not replaced because somebody started it, or keys, template or volume were declared anew', () => {
    expect(synthesize()['lifecycle']).toMatchObject({
      ignore_changes: [
        'started',
        'operating_system[0].template_file_id',
        'initialization[0].user_account',
        'mount_point',
      ],
    });
  });

  it('is protected in the plan and in Proxmox, or in neither', () => {
    expect(synthesize({ protection: true })).toMatchObject({
      protection: true,
      lifecycle: { prevent_destroy: true },
    });
    const open = synthesize({ protection: false });
    expect(open['protection']).toBe(false);
    expect(open['lifecycle']).not.toHaveProperty('prevent_destroy');
  });

  it('refuses a vmid that another guest has, before the plan is made', () => {
    const { precondition } = synthesize()['lifecycle'] as {
      precondition: readonly Readonly<Record<string, string>>[];
    };
    expect(precondition).toHaveLength(1);
    expect(precondition[0]?.['condition']).toContain('guest.vm_id == 120');
    expect(precondition[0]?.['error_message']).toContain('Nothing has been changed');
  });

  it.each([
    ['192.0.3.20', 'IPv4 beside its network'],
    ['2001:db8::20', 'IPv6 in an IPv4 network'],
  ])('refuses the address %s: %s', (address) => {
    expect(() => synthesize({ address: address as Address })).toThrow(
      new RegExp(`container: the address ${address} is outside the network 192.0.2.0/24`),
    );
  });

  it('refuses a container that nobody could log in to', () => {
    expect(() => synthesize({ sshPublicKeys: [] })).toThrow(ConstructError);
  });
});
