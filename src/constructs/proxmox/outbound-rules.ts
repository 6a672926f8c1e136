import type { Address } from '../../config/brands.ts';
import { privateNetworks, type OutboundRule } from '../../model/firewall.ts';

export interface Outbound {
  readonly dns: readonly Address[];
  readonly rules: readonly OutboundRule[];
}

interface Rule {
  readonly type: 'out';
  readonly action: 'ACCEPT' | 'DROP';
  readonly proto?: 'tcp' | 'udp';
  readonly dport?: string;
  readonly dest?: string;
  readonly comment: string;
}

/**
 * Outbound rules of the Proxmox firewall, the first match decides: what is named by address, then no private
 * network at all, then what has no fixed address, by its port. Proxmox knows neither names nor users of the
 * container (Proxmox VE Firewall, "Rules"); a list of addresses has one family alone.
 */
export function outboundRules({ dns, rules }: Outbound): readonly Rule[] {
  const accept = (rule: Omit<Rule, 'type' | 'action'>): Rule => ({
    ...{ type: 'out', action: 'ACCEPT' },
    ...rule,
  });
  const open = rules.filter(({ to }) => to === 'public');
  const ports = [...new Set(open.map(({ port }) => port))].sort((a, b) => a - b);
  return [
    ...dns.flatMap((dest) =>
      (['udp', 'tcp'] as const).map((proto) =>
        accept({ proto, dport: '53', dest, comment: 'DNS' }),
      ),
    ),
    ...once(
      rules.flatMap(({ comment, port, to }) =>
        to === 'public'
          ? []
          : to.map((dest) => accept({ proto: 'tcp', dport: String(port), dest, comment })),
      ),
    ),
    ...(ports.length === 0
      ? []
      : [privateNetworks.ipv4, privateNetworks.ipv6].map((networks): Rule => ({
          type: 'out',
          action: 'DROP',
          dest: networks.join(','),
          comment: 'No private network',
        }))),
    ...ports.map((port) => {
      const comments = open.filter((rule) => rule.port === port).map(({ comment }) => comment);
      return accept({
        proto: 'tcp',
        dport: String(port),
        comment: [...new Set(comments)].join(', '),
      });
    }),
  ];
}

/** What two users of the container may is one rule here. */
function once(rules: readonly Rule[]): readonly Rule[] {
  return [...new Map(rules.map((rule) => [JSON.stringify(rule), rule])).values()];
}
