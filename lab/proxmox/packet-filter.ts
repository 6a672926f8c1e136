import { properties, type Values } from './parameters.ts';
import { failed } from './refusal.ts';
import type { State } from './state.ts';

/** A container's port of the bridge. */
export interface Port {
  /** Name of the interface in the lab's network. */
  readonly veth: string;
}

/**
 * The firewalls of all containers as a script for `nft -f`, for the network namespace with the bridge.
 *
 * - Rules count where the datacenter's firewall, the container's and its interface's are all on; the first
 *   that matches decides, then the policy (Proxmox's defaults: in DROP, out ACCEPT). Answers pass.
 * - `ipfilter` and `macfilter`: a container sends from its own addresses only. It speaks IPv4 alone here.
 * - Bridged packets reach these chains by bridge-nf-call-iptables: in the bridge family there is no
 *   connection tracking across address families on the kernels of Debian 12.
 *
 * @throws Refusal  a rule that this cannot enforce: nothing may look protected and not be
 */
export function packetFilter(state: State, portOf: (vmid: number) => Port): string {
  const guests = Object.values(state.guests).flatMap(({ kind, vmid, config }) => {
    const { options, rules } = state.firewalls[String(vmid)] ?? { options: {}, rules: [] };
    const net = properties(String(config['net0'] ?? ''), 'name');
    const address = net.get('ip')?.split('/')[0];
    const on =
      state.datacenterFirewall['enable'] === 1 &&
      options['enable'] === 1 &&
      net.get('firewall') === '1';
    if (kind !== 'lxc' || !on || address === undefined) return [];
    const mac = net.get('hwaddr') ?? '';
    return [{ id: String(vmid), address, mac, options, rules, veth: portOf(vmid).veth }];
  });
  const chain = (name: string, ...lines: readonly string[]) =>
    [`  chain ${name} {`, ...lines.map((line) => `    ${line}`), '  }'].join('\n');
  const inbound = guests.map(({ id, options, rules }) =>
    chain(
      `guest-${id}-in`,
      ...rulesOf(rules, 'in', 'accept'),
      verdict(options['policy_in'] ?? 'DROP', 'accept'),
    ),
  );
  const outbound = guests.map(({ id, options, rules }) =>
    chain(
      `guest-${id}-out`,
      ...rulesOf(rules, 'out', 'return'),
      verdict(options['policy_out'] ?? 'ACCEPT', 'return'),
    ),
  );
  const answers = 'ct state established,related accept';
  return [
    ...['table inet proxmox', 'delete table inet proxmox'],
    ...['table bridge proxmox', 'delete table bridge proxmox', 'table inet proxmox {'],
    ...[...inbound, ...outbound],
    chain(
      'to-guests',
      ...guests.map(({ id, address }) => `ip daddr ${address} jump guest-${id}-in`),
    ),
    chain(
      'from-guests',
      ...guests.map(({ id, address }) => `ip saddr ${address} jump guest-${id}-out`),
    ),
    chain(
      'forward',
      ...['type filter hook forward priority filter; policy accept;', answers],
      ...['jump from-guests', 'jump to-guests'],
    ),
    // The lab's own network namespace stands for every other machine.
    chain(
      'output',
      'type filter hook output priority filter; policy accept;',
      answers,
      'jump to-guests',
    ),
    chain(
      'input',
      'type filter hook input priority filter; policy accept;',
      answers,
      'jump from-guests',
    ),
    ...['}', 'table bridge proxmox {'],
    chain(
      'from-ports',
      'type filter hook prerouting priority filter; policy accept;',
      ...guests.flatMap(({ veth, address, mac, options }) => [
        ...(options['macfilter'] === 0
          ? []
          : [`iifname "${veth}" ether saddr != ${mac.toLowerCase()} drop`]),
        ...(options['ipfilter'] === 1
          ? [
              `iifname "${veth}" ether type ip ip saddr != ${address} drop`,
              `iifname "${veth}" ether type arp arp saddr ip != ${address} drop`,
              `iifname "${veth}" ether type ip6 drop`,
            ]
          : []),
      ]),
    ),
    '}',
    '',
  ].join('\n');
}

function rulesOf(
  rules: readonly Values[],
  type: 'in' | 'out',
  accept: 'accept' | 'return',
): readonly string[] {
  return (
    rules
      .filter((rule) => rule['type'] === type && rule['enable'] === 1)
      // The provider sends an empty text for what a rule does not have.
      .map((rule) => Object.fromEntries(Object.entries(rule).filter(([, value]) => value !== '')))
      .map((rule) => {
        for (const name of ['macro', 'icmp-type', 'iface'] as const) {
          if (rule[name] !== undefined) throw failed(`the double enforces no ${name} in a rule`);
        }
        const protocol = rule['proto'] === undefined ? undefined : word(rule['proto']);
        const matches = [
          ...(['source', 'dest'] as const).flatMap((name) =>
            rule[name] === undefined
              ? []
              : [`${family(rule[name])} ${addressKeys[name]} ${set(rule[name])}`],
          ),
          ...(['sport', 'dport'] as const).flatMap((name) =>
            rule[name] === undefined ? [] : [`${protocol ?? ''} ${name} ${set(rule[name])}`],
          ),
        ];
        if (matches.length === 0 && protocol !== undefined)
          matches.push(`meta l4proto ${protocol}`);
        return [...matches, verdict(rule['action'] ?? '', accept)].join(' ');
      })
  );
}

/** A list has addresses of one family alone. */
function family(value: string | number): 'ip' | 'ip6' {
  return /[0-9a-f:]*:[0-9a-f:]*:/.test(String(value)) ? 'ip6' : 'ip';
}

const addressKeys = { source: 'saddr', dest: 'daddr' } as const;

function verdict(action: string | number, accept: 'accept' | 'return'): string {
  switch (action) {
    case 'ACCEPT':
      return accept;
    case 'DROP':
      return 'drop';
    case 'REJECT':
      return 'reject';
    default:
      throw failed(`the double enforces no action ${String(action)}`);
  }
}

function word(value: string | number): string {
  if (!/^(tcp|udp|icmp)$/.test(String(value))) {
    throw failed(`the double enforces no protocol ${String(value)}`);
  }
  return String(value);
}

/** Addresses, networks and ranges, or ports and ranges of them, as Proxmox writes lists. */
function set(value: string | number): string {
  const items = String(value).split(',');
  for (const item of items) {
    if (!/^[0-9a-f:][0-9a-f./:-]*$/.test(item) || !/[0-9]/.test(item))
      throw failed(`the double enforces no ${item} in a rule`);
  }
  return `{ ${items.map((item) => item.replace(/^([0-9]+):([0-9]+)$/, '$1-$2')).join(', ')} }`;
}
