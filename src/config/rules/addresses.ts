import type { Facts } from '../facts.ts';
import { contains, host, network, overlaps } from '../network.ts';
import type { Finding, Path } from '../refusal.ts';
import type { Rule } from './rule.ts';

interface Container {
  readonly path: Path;
  readonly name: string;
  readonly vmid: number;
  readonly address: string;
}

/** Every container that this program makes, in the order of the file. */
function containers({ openbao, consumers }: Facts): readonly Container[] {
  const nodes = (openbao?.nodes ?? []).map(({ name, vmid, address }, index) => ({
    path: ['openbao', 'nodes', index],
    name,
    vmid,
    address,
  }));
  const guests = [...consumers].flatMap(([name, consumer]) =>
    consumer.kind === 'lxc'
      ? [{ path: ['consumers', name, 'container'], name, ...consumer.container }]
      : [],
  );
  return [...nodes, ...guests];
}

/** Proxmox numbers guests of all nodes of a cluster from one space; the provider adopts a taken number. */
export const vmids: Rule = (facts) =>
  repeated(containers(facts), ({ vmid }) => String(vmid), 'vmid', 'give each container its own');

/** One address is one container, and the source that one consumer is known by. */
export const containerAddresses: Rule = (facts) =>
  repeated(
    containers(facts),
    ({ address }) => String(host(address).first),
    'address',
    'give each container its own',
  );

/** Containers are hosts by their names. */
export const hostNames: Rule = (facts) => {
  const all = containers(facts);
  return all.flatMap(({ path, name }, index) => {
    const earlier = all.slice(0, index).find((other) => other.name === name);
    if (earlier === undefined) return [];
    const isNode = path[0] === 'openbao';
    return [
      {
        path: isNode ? [...path, 'name'] : path.slice(0, -1),
        ...(isNode ? {} : { received: JSON.stringify(name) }),
        problem: 'another container has this host name',
        fix: 'give each container its own',
      },
    ];
  });
};

function repeated(
  all: readonly Container[],
  value: (container: Container) => string,
  field: 'vmid' | 'address',
  fix: string,
): readonly Finding[] {
  const seen = new Map<string, string>();
  return all.flatMap((container) => {
    const key = value(container);
    const earlier = seen.get(key);
    seen.set(key, earlier ?? container.name);
    if (earlier === undefined) return [];
    const problem = `${earlier} has the same ${field}`;
    return [{ path: [...container.path, field], problem, fix }];
  });
}

/** A container must reach its gateway, and must not be it. */
export const containerNetwork: Rule = (facts) => {
  const { proxmox } = facts;
  if (proxmox === undefined) return [];
  const place = network(proxmox.network);
  const gateway = host(proxmox.gateway);
  const findings: Finding[] = [];
  if (!contains(place, gateway)) {
    findings.push({
      path: ['proxmox', 'gateway'],
      problem: `it is outside proxmox.network ${proxmox.network}`,
      fix: 'write the gateway of that network, or correct the network',
    });
  }
  const taken: readonly (readonly [string, string])[] = [
    [proxmox.gateway, 'the gateway'],
    ...proxmox.dns.map((address) => [address, 'a name server'] as const),
    ...endpointHost(proxmox.endpoint).map((address) => [address, 'the Proxmox API'] as const),
  ];
  for (const { path, address } of containers(facts)) {
    const own = host(address);
    const here = [...path, 'address'];
    const owner = taken.find(([other]) => overlaps(host(other), own))?.[1];
    const ends = place.kind === 'ipv4' && place.prefix < 31;
    if (!contains(place, own)) {
      findings.push({
        path: here,
        problem: `it is outside proxmox.network ${proxmox.network}`,
        fix: 'write an address of that network',
      });
    } else if (owner !== undefined) {
      findings.push({
        path: here,
        problem: `it is the address of ${owner}`,
        fix: 'write a free one',
      });
    } else if (ends && (own.first === place.first || own.first === place.last)) {
      const name = own.first === place.first ? 'network' : 'broadcast';
      findings.push({
        path: here,
        problem: `it is the ${name} address of proxmox.network`,
        fix: 'write a free one',
      });
    }
  }
  return findings;
};

/** The host of a URL if it is an address. */
function endpointHost(url: string): readonly string[] {
  const { hostname } = new URL(url);
  const bare = hostname.replace(/^\[(.*)\]$/, '$1');
  return /^[0-9.]+$/.test(bare) || bare.includes(':') ? [bare] : [];
}
