import { describe, expect, it } from 'vitest';
import { resolveBackbone } from '../../src/model/backbone.ts';
import { HostStack } from '../../stacks/host.ts';
import { Template } from '../constructs/template.ts';
import { declare, input, type DeclarationInput } from '../fixtures/declaration.ts';
import { withServices } from '../fixtures/services.ts';

function synthesize(openbao: Partial<DeclarationInput['openbao']> = {}) {
  const declaration = declare({ openbao: { ...input.openbao, ...openbao } });
  return Template.ofStack((app) => new HostStack(app, resolveBackbone(declaration)));
}

const three: DeclarationInput['openbao']['nodes'] = [
  { name: 'openbao-1', vmid: 120, address: '192.0.2.20' },
  { name: 'openbao-2', vmid: 121, address: '192.0.2.21', node: 'pve2' },
  { name: 'openbao-3', vmid: 122, address: '192.0.2.22', node: 'pve2' },
];

describe('the host stack', () => {
  const template = synthesize();

  it('names every resource for what it is, without a hash', () => {
    expect([...template.addresses].sort()).toEqual([
      'proxmox_download_file.template-pve1',
      'proxmox_virtual_environment_container.openbao-1',
      'proxmox_virtual_environment_firewall_options.openbao-1',
      'proxmox_virtual_environment_firewall_rules.openbao-1',
      'proxmox_virtual_environment_pool.credential-backbone',
      'terraform_data.container-openbao-1',
      'terraform_data.start-openbao-1',
    ]);
  });

  it('configures the provider by its endpoint alone: no token, and no unverified TLS', () => {
    expect(template.provider).toEqual({ proxmox: [{ endpoint: 'https://192.0.2.10:8006/' }] });
  });

  it('protects the containers unless told otherwise', () => {
    const container = ['proxmox_virtual_environment_container', 'openbao-1'] as const;
    expect(template.resource(...container)['protection']).toBe(true);
    expect(synthesize({ protection: false }).resource(...container)['protection']).toBe(false);
  });

  it('gives the data a volume of the declared size', () => {
    const mounted = (from: Template) =>
      from.resource('proxmox_virtual_environment_container', 'openbao-1')['mount_point'];
    const volume = { volume: 'local-lvm', size: '8G', path: '/var/lib/openbao', backup: false };
    expect(mounted(template)).toEqual([volume]);
    expect(mounted(synthesize({ dataGiB: 20 }))).toEqual([{ ...volume, size: '20G' }]);
  });

  it('opens OpenBao to the declared sources, and SSH to the operator only', () => {
    const { rule } = template.resource('proxmox_virtual_environment_firewall_rules', 'openbao-1');
    const open = (rule as readonly Record<string, string>[])
      .filter(({ type }) => type === 'in')
      .map(({ dport = '', source = '' }) => `${dport} ${source}`);
    expect(open.filter((entry) => entry.startsWith('22 '))).toEqual(['22 203.0.113.7/32']);
    expect(open).toContain('8200 192.0.2.40/32');
    expect(open).toContain('8200 198.51.100.0/28');
    expect(open.filter((entry) => entry.startsWith('8201 '))).toEqual([]);
    expect(open.filter((entry) => !/^(22|8200) /.test(entry))).toEqual([]);
  });

  it('drops what goes out elsewhere than to name servers, AWS, Debian and what is declared', () => {
    const outbound = [
      { comment: 'Snapshots', port: 22, to: ['192.0.2.60/32'], user: 'openbao-snapshot' },
    ];
    const walled = synthesize({ outbound });
    const options = 'proxmox_virtual_environment_firewall_options';
    expect(walled.resource(options, 'openbao-1')).toMatchObject({
      ...{ enabled: true, input_policy: 'DROP', output_policy: 'DROP' },
    });
    const out = (from: Template) =>
      (
        from.resource('proxmox_virtual_environment_firewall_rules', 'openbao-1')[
          'rule'
        ] as readonly Record<string, string>[]
      )
        .filter(({ type }) => type === 'out')
        .map(({ action, dest = 'any', proto = '*', dport = '*' }) =>
          [action, dest, proto, dport].join(' '),
        );
    const others = [
      'ACCEPT 192.0.2.1 udp 53',
      'ACCEPT 192.0.2.1 tcp 53',
      'DROP 10.0.0.0/8,100.64.0.0/10,127.0.0.0/8,169.254.0.0/16,172.16.0.0/12,192.168.0.0/16 * *',
      'DROP ::1/128,fc00::/7,fe80::/10 * *',
      'ACCEPT any tcp 80',
      'ACCEPT any tcp 443',
    ];
    expect(out(template)).toEqual(others);
    expect(out(walled)).toEqual(others.toSpliced(2, 0, 'ACCEPT 192.0.2.60/32 tcp 22'));
  });

  it('says what the Ansible inventory needs', () => {
    expect(template.outputs['openbao_hosts']?.['value']).toEqual([
      {
        name: 'openbao-1',
        address: '192.0.2.20',
        vmid: '${proxmox_virtual_environment_container.openbao-1.vm_id}',
        node: 'pve1',
        ssh_user: 'root',
        role: 'openbao',
        raft: 'first',
      },
    ]);
    expect(template.outputs['openbao_started']?.['value']).toBe(true);
  });

  it('starts nothing where the declaration says so, and says it', () => {
    const stopped = synthesize({ started: false });
    expect(Object.keys(stopped.all('terraform_data'))).toEqual(['container-openbao-1']);
    expect(stopped.outputs['openbao_started']?.['value']).toBe(false);
  });

  it('spreads three nodes, with one template a Proxmox node and raft between them', () => {
    const cluster = synthesize({ nodes: three });
    expect(Object.keys(cluster.all('proxmox_virtual_environment_container'))).toEqual([
      'openbao-1',
      'openbao-2',
      'openbao-3',
    ]);
    expect(Object.keys(cluster.all('proxmox_download_file'))).toEqual([
      'template-pve1',
      'template-pve2',
    ]);
    expect(cluster.resource('proxmox_virtual_environment_container', 'openbao-3')).toMatchObject({
      node_name: 'pve2',
      vm_id: 122,
    });
    const { rule } = cluster.resource('proxmox_virtual_environment_firewall_rules', 'openbao-3');
    expect(rule).toContainEqual(
      expect.objectContaining({ dport: '8201', source: '192.0.2.20/32' }),
    );
    const hosts = cluster.outputs['openbao_hosts']?.['value'] as readonly { raft: string }[];
    expect(hosts.map(({ raft }) => raft)).toEqual(['first', 'joining', 'joining']);
  });

  it('downloads the template for the containers of services, too', () => {
    const elsewhere = declare(withServices({ proxy: { node: 'pve3' } }));
    const all = Template.ofStack((app) => new HostStack(app, resolveBackbone(elsewhere)));
    expect(Object.keys(all.all('proxmox_download_file'))).toEqual([
      'template-pve1',
      'template-pve3',
    ]);
  });
});
