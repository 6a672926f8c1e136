import { expect, it } from 'vitest';
import { packetFilter } from '../../../lab/proxmox/packet-filter.ts';
import type { Values } from '../../../lab/proxmox/parameters.ts';
import type { State } from '../../../lab/proxmox/state.ts';

const accept = { type: 'in', action: 'ACCEPT', enable: 1, proto: 'tcp', dport: '8200' };

function filter(rule: Values, net = 'firewall=1', datacenter = 1): string {
  const net0 = `name=eth0,ip=192.0.2.20/24,hwaddr=BC:24:11:00:00:01,${net}`;
  const state: State = {
    ...{ version: 1, sequence: 0, pools: {}, templates: [], tasks: [] },
    datacenterFirewall: { enable: datacenter },
    guests: {
      '120': { kind: 'lxc', vmid: 120, node: 'pve1', status: 'stopped', config: { net0 } },
    },
    firewalls: { '120': { options: { enable: 1 }, rules: [{ ...rule }] } },
  };
  return packetFilter(state, () => ({ veth: 've0' }));
}

it('has a rule as Proxmox means it, and drops the rest', () => {
  expect(filter({ ...accept, source: '192.0.2.0/24,198.51.100.1', comment: '' })).toContain(
    [
      '  chain guest-120-in {',
      '    ip saddr { 192.0.2.0/24, 198.51.100.1 } tcp dport { 8200 } accept',
      '    drop',
      '  }',
    ].join('\n'),
  );
});

it('has addresses of both families, each in its own rule', () => {
  const dest = (list: string) =>
    filter({ type: 'out', action: 'DROP', enable: 1, dest: list }).split('guest-120-out {')[1];
  expect(dest('::1/128,fc00::/7')).toContain('ip6 daddr { ::1/128, fc00::/7 } drop');
  expect(dest('10.0.0.0/8')).toContain('ip daddr { 10.0.0.0/8 } drop');
});

it.each([
  ['a rule that is off', filter({ ...accept, enable: 0 }), false],
  ['an interface without firewall', filter(accept, 'firewall=0'), false],
  ['a datacenter without firewall', filter(accept, 'firewall=1', 0), false],
  ['one that is on', filter(accept), true],
])('with %s', (_, script, there) => {
  expect(script.includes('dport { 8200 } accept')).toBe(there);
});

it.each([
  [{ macro: 'SSH' }, 'no macro'],
  [{ iface: 'net0' }, 'no iface'],
  [{ proto: 'esp' }, 'no protocol esp'],
  [{ action: 'some-group' }, 'no action some-group'],
  [{ source: '+ipset' }, 'no +ipset'],
  [{ source: '10.0.0.1 } accept; #' }, 'enforces no'],
])('refuses what it cannot enforce: %o', (change, reason) => {
  expect(() => filter({ ...accept, ...change })).toThrow(reason);
});
