import ipaddr from 'ipaddr.js';
import type { Address, Name, Vmid } from '../config/brands.ts';
import type { Declaration } from '../config/declaration.ts';
import type { ServiceContainer } from '../config/proxmox.ts';
import { hostCidr } from './consumer.ts';
import {
  openbaoPorts,
  outboundTo,
  packagesOut,
  siteNetworks,
  type FirewallRule,
  type OutboundRule,
} from './firewall.ts';
import type { Github } from './github.ts';
import type { Proxy, Upstream } from './proxy.ts';

/** A container of its own for a service that consumers use: the GitHub broker, or the egress proxy. */
export interface ServiceHost {
  readonly stack: 'github-host' | 'proxy-host';
  /** The consumer that it is, and its host name. */
  readonly consumer: Name;
  readonly vmid: Vmid;
  readonly address: Address;
  /** What is to be made; undefined where its container is the site's own. */
  readonly container: (ServiceContainer & { readonly node: Name }) | undefined;
  readonly inbound: readonly FirewallRule[];
  readonly outbound: readonly OutboundRule[];
}

/** Users of such a host: who holds its identity, and who holds the connections of the proxy. */
export const serviceUsers = { identity: 'backbone', envoy: 'egress-proxy' } as const;

/** In the order of their stacks. */
export function resolveServiceHosts(
  declaration: Declaration,
  services: {
    readonly github: Github | undefined;
    readonly proxy: Proxy | undefined;
    /** Base URL of its API. */
    readonly openbaoAddress: string;
  },
): readonly ServiceHost[] {
  const { github, proxy, openbaoAddress } = services;
  const openbao = toOpenBao(declaration, openbaoAddress);
  const container = (declared: ServiceContainer | undefined) =>
    declared === undefined
      ? undefined
      : { ...declared, node: declared.node ?? declaration.proxmox.node };
  const hosts: ServiceHost[] = [];
  if (github !== undefined && declaration.github.enabled) {
    const { consumer, vmid, address } = github.broker;
    hosts.push({
      ...{ stack: 'github-host', consumer, vmid, address },
      container: container(declaration.github.broker.container),
      inbound: github.firewall,
      outbound: [
        openbao,
        outboundTo('GitHub API', serviceUsers.identity, github.apiUrl),
        ...packagesOut,
      ],
    });
  }
  if (proxy !== undefined) {
    const { consumer, vmid, address } = proxy;
    hosts.push({
      ...{ stack: 'proxy-host', consumer, vmid, address },
      container: container(declaration.proxy?.container),
      inbound: proxy.firewall,
      outbound: [openbao, ...proxy.upstreams.map(toUpstream), ...packagesOut],
    });
  }
  return hosts;
}

/** Every node, and what stands before them, if it is an address. */
function toOpenBao({ openbao }: Declaration, url: string): OutboundRule {
  const own = outboundTo('OpenBao API', serviceUsers.identity, url);
  const nodes =
    own.to === 'public' || own.port === openbaoPorts.api
      ? openbao.nodes.map(({ address }) => hostCidr(address))
      : [];
  const to = [...new Set([...nodes, ...(own.to === 'public' ? [] : own.to)])].sort();
  return { ...own, to };
}

function toUpstream(upstream: Upstream): OutboundRule {
  const { name, host, hostPort } = upstream;
  const authority = ipaddr.isValid(host) && host.includes(':') ? `[${host}]` : host;
  const url = `https://${authority}:${String(hostPort)}`;
  const rule = outboundTo(`Upstream ${name}`, serviceUsers.envoy, url);
  return rule.to === 'public' && upstream.private ? { ...rule, to: siteNetworks } : rule;
}
