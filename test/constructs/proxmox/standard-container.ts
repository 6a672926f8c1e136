import type { TerraformStack } from 'cdktf';
import type { Address, Cidr, Name, Vmid } from '../../../src/config/brands.ts';
import { Container, type ContainerProps } from '../../../src/constructs/proxmox/container.ts';
import { ContainerTemplate } from '../../../src/constructs/proxmox/container-template.ts';
import { Guests } from '../../../src/constructs/proxmox/guests.ts';
import { Pool } from '../../../src/constructs/proxmox/pool.ts';

/** One container with what it needs around it. */
export function addContainer(
  stack: TerraformStack,
  overrides: Partial<ContainerProps> = {},
): Container {
  return new Container(stack, 'container', {
    name: 'openbao-1' as Name,
    vmid: 120 as Vmid,
    node: 'pve1',
    pool: new Pool(stack, 'pool', { poolName: 'backbone' }),
    template: new ContainerTemplate(stack, 'template', {
      node: 'pve1',
      storage: 'local',
      url: 'https://download.example/debian-13-standard.tar.zst',
      fileName: 'debian-13-standard.tar.zst',
      sha512: 'a'.repeat(128),
    }),
    guests: new Guests(stack, 'guests'),
    cores: 2,
    memoryMiB: 1024,
    diskGiB: 8,
    datastore: 'local-lvm',
    bridge: 'vmbr0',
    address: '192.0.2.20' as Address,
    network: '192.0.2.0/24' as Cidr,
    gateway: '192.0.2.1' as Address,
    dns: ['192.0.2.1' as Address],
    sshPublicKeys: ['ssh-ed25519 AAAA operator'],
    protection: true,
    startupOrder: 1,
    ...overrides,
  });
}
