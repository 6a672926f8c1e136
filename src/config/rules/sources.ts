import { entries, type Facts } from '../facts.ts';
import { host, network, overlapping, overlaps, type Network } from '../network.ts';
import type { Finding, Path } from '../refusal.ts';
import type { Rule } from './rule.ts';

/** A consumer without a source address could be anyone who holds its credentials. */
export const sourceMissing: Rule = ({ raw }) =>
  entries(new Map(entries(raw)).get('consumers')).flatMap(([name, declared]) => {
    const fields = new Map(entries(declared));
    const from = fields.get('from');
    const kind = fields.get('kind');
    const empty = from === undefined || from === null || (Array.isArray(from) && from.length === 0);
    if (!empty || typeof kind !== 'string' || !['agent', 'ci', 'operator'].includes(kind))
      return [];
    return [
      {
        path: ['consumers', name, 'from'],
        problem: `the ${kind} has no source address, so its credentials would work from anywhere`,
        fix: 'list its networks, e.g. from: [192.0.2.65/32]',
      },
    ];
  });

interface Source {
  readonly owner: string;
  readonly path: Path;
  readonly text: string;
  readonly network: Network;
}

/** Two that share an address can pass for each other: what OpenBao tells them apart by is gone. */
export const sourceOverlap: Rule = (facts) => {
  const findings = overlapping([...consumerSources(facts), ...reservedSources(facts)]).flatMap(
    ([a, b]): readonly Finding[] => {
      const [later, earlier] = a.path[0] === 'consumers' ? order(a, b, facts) : [b, a];
      if (later.path[0] !== 'consumers') return [];
      if (earlier.owner === later.owner) {
        return earlier.text === later.text
          ? [{ path: later.path, problem: 'the same network stands twice', fix: 'remove one' }]
          : [];
      }
      if (allowed(earlier, later, facts)) return [];
      return [
        {
          path: later.path,
          problem: `it overlaps ${earlier.text} of ${earlier.owner}, so one could pass for the other`,
          fix: 'give each addresses of its own',
        },
      ];
    },
  );
  return findings;
};

/** The refusal stands at the consumer that comes second in the file, or beside a reserved address. */
function order(a: Source, b: Source, { consumers }: Facts): readonly [Source, Source] {
  if (b.path[0] !== 'consumers') return [a, b];
  const names = [...consumers.keys()];
  return names.indexOf(String(a.path[1])) > names.indexOf(String(b.path[1])) ? [a, b] : [b, a];
}

/**
 * An operator's machine may run all of this program; a pipeline may plan. Whoever else shared an address
 * with an identity that makes policies or hands out SecretIDs would need only its credentials to be it.
 */
function allowed(identity: Source, consumer: Source, { consumers }: Facts): boolean {
  const kind = consumers.get(String(consumer.path[1]))?.kind;
  if (identity.path[1] !== 'identities') return false;
  return kind === 'operator' || (kind === 'ci' && identity.path[2] === 'plan');
}

function consumerSources({ consumers }: Facts): readonly Source[] {
  return [...consumers].flatMap(([name, consumer]): readonly Source[] => {
    const base = { owner: `consumer ${name}` };
    if (consumer.kind === 'lxc') {
      const { address } = consumer.container;
      const path = ['consumers', name, 'container', 'address'];
      return [{ ...base, path, text: address, network: host(address) }];
    }
    return consumer.from.map((text, index) => ({
      ...base,
      path: ['consumers', name, 'from', index],
      text,
      network: network(text),
    }));
  });
}

function reservedSources({ openbao }: Facts): readonly Source[] {
  if (openbao === undefined) return [];
  const nodes = openbao.nodes.map((node, index) => ({
    owner: `the OpenBao node ${node.name}`,
    path: ['openbao', 'nodes', index, 'address'],
    text: node.address,
    network: host(node.address),
  }));
  const identities = Object.entries(openbao.identities).flatMap(([identity, { from }]) =>
    from.map((text, index) => ({
      owner: `the identity ${identity}`,
      path: ['openbao', 'identities', identity, 'from', index],
      text,
      network: network(text),
    })),
  );
  return [...nodes, ...identities];
}

const linkLocal = 'link-local addresses, which any neighbour can take';
const multicast = 'multicast addresses, from which nobody sends';

/** IANA special-purpose address registries. */
const special: readonly (readonly [Network, string])[] = [
  [network('169.254.0.0/16'), linkLocal],
  [network('fe80::/10'), linkLocal],
  [network('224.0.0.0/4'), multicast],
  [network('ff00::/8'), multicast],
  [network('240.0.0.0/4'), 'reserved addresses, from which nobody sends'],
  [network('0.0.0.0/8'), 'addresses that mean "this host", from which nobody sends'],
];

const loopback = [network('127.0.0.0/8'), network('::1/128')];

/** Sources that tell nobody apart: half the internet, or addresses that nobody owns. */
export const sourceWidth: Rule = ({ consumers, openbao }) => {
  const lists: readonly (readonly [Path, readonly string[]])[] = [
    ...[...consumers].flatMap(([name, consumer]) =>
      consumer.kind === 'lxc' ? [] : [[['consumers', name, 'from'], consumer.from] as const],
    ),
    ...Object.entries(openbao?.identities ?? {}).map(
      ([identity, { from }]) => [['openbao', 'identities', identity, 'from'], from] as const,
    ),
    [['openbao', 'metrics', 'from'], openbao?.metrics?.from ?? []],
  ];
  return lists.flatMap(([path, from]) =>
    from.flatMap((text, index) => width(text, [...path, index])),
  );
};

function width(text: string, path: Path): readonly Finding[] {
  const own = network(text);
  const narrowest = own.kind === 'ipv4' ? 24 : 64;
  if (own.prefix < narrowest) {
    return [
      {
        path,
        problem: `a network wider than /${String(narrowest)} tells nobody apart`,
        fix: 'list the addresses that it really comes from',
      },
    ];
  }
  const kind = special.find(([range]) => overlaps(range, own));
  if (kind !== undefined) {
    return [{ path, problem: kind[1], fix: 'write the address that OpenBao sees it come from' }];
  }
  const single = own.first === own.last;
  if (!single && loopback.some((range) => overlaps(range, own))) {
    return [
      {
        path,
        problem: 'a network of loopback addresses is every program on the OpenBao host',
        fix: 'write one address with /32',
      },
    ];
  }
  return [];
}
