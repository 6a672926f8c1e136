import ipaddr from 'ipaddr.js';
import type { Address, Cidr } from '../config/brands.ts';
import type { Declaration } from '../config/declaration.ts';
import { hostCidr, sources, type Consumer } from './consumer.ts';

/** One inbound allowance; what no rule names is dropped. */
export interface FirewallRule {
  readonly comment: string;
  readonly port: number;
  readonly source: Cidr;
}

/** One allowance outwards, by TCP; where these are given, everything else is refused. */
export interface OutboundRule {
  readonly comment: string;
  readonly port: number;
  /** `public`: whatever is not private. Firewalls know no names, and these have no fixed addresses. */
  readonly to: 'public' | readonly Cidr[];
  /** The one user of the host that may; Proxmox cannot tell users apart, the host's own firewall can. */
  readonly user: string;
}

/** What `public` leaves out: no host of the site, no neighbour, no metadata service. */
export const privateNetworks = {
  ipv4: [
    '10.0.0.0/8',
    '100.64.0.0/10',
    '127.0.0.0/8',
    '169.254.0.0/16',
    '172.16.0.0/12',
    '192.168.0.0/16',
  ],
  ipv6: ['::1/128', 'fc00::/7', 'fe80::/10'],
} as const;

/** Where a private server is that is known by a name alone: neither loopback nor link-local. */
export const siteNetworks = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'].map(
  (network) => network as Cidr,
);

export const openbaoPorts = { api: 8200, cluster: 8201, metrics: 8202, ssh: 22 } as const;

/**
 * Inbound rules of an OpenBao container: the API from every declared source, raft between the nodes,
 * metrics for whoever scrapes them, SSH from the operators. One rule a source and port, sorted, so that a diff shows who came and went.
 */
export function openbaoFirewall(
  declaration: Declaration,
  consumers: readonly Consumer[],
): readonly FirewallRule[] {
  const nodes = declaration.openbao.nodes.map((node) => hostCidr(node.address));
  const operators = consumers.filter((consumer) => consumer.kind === 'operator');
  const identities = Object.values(declaration.openbao.identities).flatMap(({ from }) => from);
  const peers = nodes.length > 1 ? nodes : [];
  return [
    ...rules('OpenBao API', openbaoPorts.api, [
      ...consumers.flatMap(({ from }) => from),
      ...identities,
      ...peers,
    ]),
    ...rules('OpenBao raft', openbaoPorts.cluster, peers),
    ...rules('OpenBao metrics', openbaoPorts.metrics, declaration.openbao.metrics?.from ?? []),
    ...rules(
      'SSH from an operator',
      openbaoPorts.ssh,
      operators.flatMap(({ from }) => from),
    ),
  ];
}

/** Operators configure a host by SSH, and nobody else does. */
export function sshRules(consumers: Declaration['consumers']): readonly FirewallRule[] {
  const operators = Object.values(consumers).filter(({ kind }) => kind === 'operator');
  return rules('SSH from an operator', openbaoPorts.ssh, operators.flatMap(sources));
}

/** To a URL: its address, if it names one. */
export function outboundTo(comment: string, user: string, url: string): OutboundRule {
  const { hostname, port, protocol } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  const number = port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port);
  return {
    comment,
    port: number,
    to: ipaddr.isValid(host) ? [hostCidr(host as Address)] : 'public',
    user,
  };
}

/** Debian's own updates, for the user that fetches them. */
export const packagesOut: readonly OutboundRule[] = [80, 443].map((port) => ({
  comment: 'Debian packages',
  port,
  to: 'public',
  user: '_apt',
}));

function rules(comment: string, port: number, from: readonly Cidr[]): readonly FirewallRule[] {
  return [...new Set(from)].sort().map((source) => ({ comment, port, source }));
}
