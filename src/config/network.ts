import ipaddr from 'ipaddr.js';

/** A range of addresses that compares right: IPv4 written as IPv6 is the IPv4 that it means. */
export interface Network {
  readonly kind: 'ipv4' | 'ipv6';
  readonly first: bigint;
  readonly last: bigint;
  /** Prefix length in the family of `kind`. */
  readonly prefix: number;
}

/** @throws Error if the text is no network in CIDR form. */
export function network(cidr: string): Network {
  // Told apart here: the library would first fail to read each IPv4 network as IPv6.
  const family = cidr.includes(':') ? ipaddr.IPv6 : ipaddr.IPv4;
  const [address, prefix] = family.parseCIDR(cidr);
  const mapped = address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && prefix >= 96;
  const plain = mapped ? address.toIPv4Address() : address;
  const kind = plain.kind();
  const width = kind === 'ipv4' ? 32 : 128;
  const length = mapped ? prefix - 96 : prefix;
  const size = 1n << BigInt(width - length);
  const value = plain.toByteArray().reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const first = value - (value % size);
  return { kind, first, last: first + size - 1n, prefix: length };
}

/** The network that holds one address alone. */
export function host(address: string): Network {
  return network(`${address}/${address.includes(':') ? '128' : '32'}`);
}

export function overlaps(a: Network, b: Network): boolean {
  return a.kind === b.kind && a.first <= b.last && b.first <= a.last;
}

export function contains(outer: Network, inner: Network): boolean {
  return outer.kind === inner.kind && outer.first <= inner.first && inner.last <= outer.last;
}

/** Every pair of entries whose networks overlap, without comparing each with each. */
export function overlapping<T extends { readonly network: Network }>(
  entries: readonly T[],
): readonly (readonly [T, T])[] {
  const sorted = [...entries].sort((a, b) => compare(a.network, b.network));
  const pairs: (readonly [T, T])[] = [];
  let open: T[] = [];
  for (const entry of sorted) {
    open = open.filter((earlier) => overlaps(earlier.network, entry.network));
    pairs.push(...open.map((earlier) => [earlier, entry] as const));
    open.push(entry);
  }
  return pairs;
}

function compare(a: Network, b: Network): number {
  if (a.kind !== b.kind) return a.kind < b.kind ? -1 : 1;
  if (a.first !== b.first) return a.first < b.first ? -1 : 1;
  return a.prefix - b.prefix;
}
