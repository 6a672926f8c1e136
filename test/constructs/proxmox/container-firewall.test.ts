import { describe, expect, it } from 'vitest';
import type { Cidr } from '../../../src/config/brands.ts';
import { ContainerFirewall } from '../../../src/constructs/proxmox/container-firewall.ts';
import { ContainerStart } from '../../../src/constructs/proxmox/container-start.ts';
import { Template } from '../template.ts';
import { addContainer } from './standard-container.ts';

const rules = [
  { comment: 'OpenBao API', port: 8200, source: '198.51.100.0/28' as Cidr },
  { comment: 'SSH from an operator', port: 22, source: '203.0.113.7/32' as Cidr },
];
const template = Template.of((stack) => {
  const container = addContainer(stack);
  const outbound = {
    dns: [],
    rules: [{ comment: 'Snapshots', port: 22, to: ['192.0.2.60/32' as Cidr], user: 'any' }],
  };
  const firewall = new ContainerFirewall(stack, 'firewall', { container, rules, outbound });
  new ContainerStart(stack, 'start', { endpoint: 'https://192.0.2.10:8006/', container, firewall });
});
const options = template.resource('proxmox_virtual_environment_firewall_options', 'openbao-1');
const written = template.resource('proxmox_virtual_environment_firewall_rules', 'openbao-1');
const start = template.resource('terraform_data', 'start-openbao-1');

const making = template.resource('terraform_data', 'container-openbao-1');

describe('ContainerFirewall', () => {
  it('drops what no rule names, and lets only its own addresses out', () => {
    expect(options).toMatchObject({
      enabled: true,
      input_policy: 'DROP',
      output_policy: 'DROP',
      ipfilter: true,
      macfilter: true,
      radv: false,
      dhcp: false,
    });
  });

  it('has exactly the given rules, in their order', () => {
    expect(written['rule']).toEqual([
      {
        type: 'in',
        action: 'ACCEPT',
        proto: 'tcp',
        dport: '8200',
        source: '198.51.100.0/28',
        comment: 'OpenBao API',
      },
      {
        type: 'in',
        action: 'ACCEPT',
        proto: 'tcp',
        dport: '22',
        source: '203.0.113.7/32',
        comment: 'SSH from an operator',
      },
      {
        type: 'out',
        action: 'ACCEPT',
        proto: 'tcp',
        dport: '22',
        dest: '192.0.2.60/32',
        comment: 'Snapshots',
      },
    ]);
  });

  it('follows the container whether it is replaced or created again', () => {
    expect(making['triggers_replace']).toEqual({
      container: '${proxmox_virtual_environment_container.openbao-1.id}',
    });
  });

  it.each([
    ['options', options],
    ['rules', written],
    ['start', start],
  ])('makes its %s anew with the container', (_, resource) => {
    expect(resource['lifecycle']).toEqual({
      replace_triggered_by: ['terraform_data.container-openbao-1'],
    });
  });
});

describe('ContainerStart', () => {
  it('waits for both parts of the firewall', () => {
    expect(start['depends_on']).toEqual([
      'proxmox_virtual_environment_firewall_options.openbao-1',
      'proxmox_virtual_environment_firewall_rules.openbao-1',
    ]);
  });

  it('names endpoint and container in its environment, and no token anywhere', () => {
    const [provisioner] = start['provisioner'] as readonly {
      'local-exec': { command: string; environment: Record<string, string> };
    }[];
    expect(provisioner?.['local-exec'].environment).toEqual({
      ENDPOINT: 'https://192.0.2.10:8006',
      NODE: 'pve1',
      VMID: '120',
    });
    expect(provisioner?.['local-exec'].command).not.toMatch(/\$\{|%\{/);
    expect(provisioner?.['local-exec'].command).toContain('--header @-');
  });
});
