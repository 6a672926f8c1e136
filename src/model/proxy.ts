import ipaddr from 'ipaddr.js';
import type { Address, Cidr, Name, Seconds, Vmid } from '../config/brands.ts';
import type { Declaration } from '../config/declaration.ts';
import type { UpstreamDeclaration } from '../config/proxy.ts';
import { sources } from './consumer.ts';
import { sshRules, type FirewallRule } from './firewall.ts';
import { kvPaths } from './names.ts';

/** The injecting egress proxy: what its container, its Envoy and its feeder agree on. */
export interface Proxy {
  readonly consumer: Name;
  readonly vmid: Vmid;
  readonly address: Address;
  readonly keepFor: Seconds;
  readonly upstreams: readonly Upstream[];
  /** Its users in, each to its own ports, and operators for SSH. */
  readonly firewall: readonly FirewallRule[];
}

export interface Upstream {
  readonly name: Name;
  /** Port of the proxy. */
  readonly port: number;
  readonly host: string;
  /** The host is an address: no name is ever resolved. */
  readonly isAddress: boolean;
  readonly hostPort: number;
  readonly private: boolean;
  readonly certificateSha256: string | undefined;
  /** Relative to the declaration. */
  readonly caCertificate: string | undefined;
  readonly secret: string;
  /** Where its value is read. */
  readonly path: string;
  readonly field: string;
  readonly header: string;
  readonly prefix: string;
  readonly allow: UpstreamDeclaration['allow'];
  /** Source addresses that may use it: those of the consumers that are granted it. */
  readonly from: readonly Cidr[];
}

/** @returns undefined where none is declared */
export function resolveProxy({
  proxy,
  consumers,
}: Pick<Declaration, 'proxy' | 'consumers'>): Proxy | undefined {
  if (proxy === undefined) return undefined;
  const own = consumers[proxy.consumer];
  if (own?.kind !== 'lxc') throw new Error(`unchecked consumer of the proxy: ${proxy.consumer}`);
  const upstreams = Object.entries(proxy.upstreams)
    .map(([key, declared]) => resolveUpstream(key as Name, declared, consumers))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const rules = upstreams.flatMap(({ name, port, from }) =>
    from.map((source) => ({ comment: `Egress proxy: ${name}`, port, source })),
  );
  return {
    consumer: proxy.consumer,
    vmid: own.container.vmid,
    address: own.container.address,
    keepFor: proxy.keepFor,
    upstreams,
    firewall: [...rules, ...sshRules(consumers)],
  };
}

function resolveUpstream(
  name: Name,
  declared: UpstreamDeclaration,
  consumers: Declaration['consumers'],
): Upstream {
  const { hostname, port } = new URL(declared.url);
  const host = hostname.replace(/^\[|\]$/g, '');
  const users = Object.values(consumers).filter(({ grants }) =>
    grants.some((grant) => 'proxy' in grant && grant.proxy === name),
  );
  return {
    name,
    port: declared.port,
    host,
    isAddress: ipaddr.isValid(host),
    hostPort: port === '' ? 443 : Number(port),
    private: declared.private,
    certificateSha256: declared.certificateSha256,
    caCertificate: declared.caCertificate,
    secret: declared.secret,
    path: kvPaths(declared.secret).data,
    field: declared.field,
    header: declared.header,
    prefix: declared.prefix,
    allow: declared.allow,
    from: [...new Set(users.flatMap(sources))].sort(),
  };
}
