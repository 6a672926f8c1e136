import type { Declaration } from '../../src/config/declaration.ts';
import { network } from '../../src/config/network.ts';
import type { HostsOptions } from './hosts.ts';

/**
 * Where the doubles are for containers and for the lab's own commands: of the range for benchmarks
 * (RFC 2544), so that it is in no declaration and on no site.
 */
export const doublesAddress = '198.18.0.1';

/**
 * The network of a declaration's containers, with everything else that has an address in it on the lab's
 * side: gateway, and each consumer that is no container.
 */
export function siteNetwork(declaration: Declaration): HostsOptions {
  const { proxmox, openbao, consumers } = declaration;
  const sources = Object.values(consumers).flatMap((consumer) =>
    consumer.kind === 'lxc' ? [] : consumer.from,
  );
  const identities = Object.values(openbao.identities).flatMap(({ from }) => from);
  const outside = [...sources, ...identities].flatMap(firstAddress);
  const { prefix } = network(proxmox.network);
  return {
    bridge: proxmox.bridge,
    addresses: [`${proxmox.gateway}/${String(prefix)}`],
    elsewhere: [...new Set([doublesAddress, ...outside])].filter((it) => it !== proxmox.gateway),
    seat: seatOf(declaration),
  };
}

/** The address from which the lab's own commands come: that of `terraform apply`. */
export function seatOf({ openbao }: Declaration): string {
  const [seat] = openbao.identities.apply.from.flatMap(firstAddress);
  if (seat === undefined) throw new Error('terraform apply has no IPv4 address');
  return seat;
}

/** An address of a host in that network; none where it is IPv6. */
function firstAddress(cidr: string): readonly string[] {
  const { kind, first, last } = network(cidr);
  if (kind !== 'ipv4') return [];
  const value = Number(first === last ? first : first + 1n);
  return [[24, 16, 8, 0].map((bits) => (value >>> bits) & 255).join('.')];
}
