import ipaddr from 'ipaddr.js';
import type { ProxyDeclaration, UpstreamDeclaration } from '../proxy.ts';
import type { Finding, Path } from '../refusal.ts';
import type { Rule } from './rule.ts';

type Each = (
  upstream: UpstreamDeclaration,
  path: Path,
  proxy: ProxyDeclaration,
) => readonly Finding[];

const eachUpstream =
  (find: Each): Rule =>
  ({ proxy }) =>
    Object.entries(proxy?.upstreams ?? {}).flatMap(([name, upstream]) =>
      proxy === undefined ? [] : find(upstream, ['proxy', 'upstreams', name], proxy),
    );

/** It holds what nobody else may see, so it is a container of its own and can do nothing else. */
export const proxyConsumer: Rule = ({ proxy, consumers, raw }) => {
  if (proxy === undefined) return [];
  const path = ['proxy', 'consumer'];
  const own = consumers.get(proxy.consumer);
  if (own?.kind !== 'lxc') {
    const isWritten = JSON.stringify(raw).includes(`"${proxy.consumer}":`);
    return [
      {
        path,
        problem: own === undefined ? 'no consumer has this name' : 'this consumer is no container',
        fix:
          isWritten && own === undefined
            ? 'correct that consumer first'
            : 'declare it with kind: lxc',
      },
    ];
  }
  const injected = new Set<string>(Object.values(proxy.upstreams).map(({ secret }) => secret));
  const granted = new Set<string>(
    own.grants.flatMap((grant) => ('secret' in grant ? [grant.secret] : [])),
  );
  const grants = ['consumers', proxy.consumer, 'grants'];
  return [
    ...own.grants.flatMap((grant, index): readonly Finding[] =>
      'secret' in grant && injected.has(grant.secret)
        ? []
        : [
            {
              path: [...grants, index],
              received: Object.keys(grant)[0] ?? 'a grant',
              problem: 'the proxy reads the secrets of its upstreams and does nothing else',
              fix: 'give this grant to another consumer, or remove it',
            },
          ],
    ),
    ...[...injected]
      .filter((secret) => !granted.has(secret))
      .map((secret) => ({
        path: grants,
        received: `no grant to ${secret}`,
        problem: `the proxy has to inject ${secret} and may not read it`,
        fix: `add - secret: ${secret}`,
      })),
  ];
};

export const upstreamSecrets: Rule = (facts) =>
  eachUpstream(({ secret, field }, path) => {
    const declared = facts.secrets.get(secret);
    if (declared === undefined) {
      return facts.names.secrets.includes(secret)
        ? []
        : [
            {
              path: [...path, 'secret'],
              problem: 'no such secret is declared',
              fix: 'declare it under secrets, with rung: 3',
            },
          ];
    }
    if (declared.rung !== 3) {
      return [
        {
          path: [...path, 'secret'],
          problem: 'this secret may be read by consumers, so a proxy hides nothing',
          fix: 'declare it with rung: 3, or inject another one',
        },
      ];
    }
    return declared.fields.includes(field)
      ? []
      : [
          {
            path: [...path, 'field'],
            problem: 'the secret has no such field',
            fix: `write one of: ${declared.fields.join(', ')}`,
          },
        ];
  })(facts);

/** A port is what a client chooses its upstream by. */
export const proxyPorts: Rule = (facts) => {
  const seen = new Map<number, string>();
  return eachUpstream(({ port }, path) => {
    const name = String(path[2]);
    const other = seen.get(port);
    seen.set(port, other ?? name);
    return other === undefined
      ? []
      : [
          {
            path: [...path, 'port'],
            problem: `${other} has this port`,
            fix: 'give each upstream a port of its own',
          },
        ];
  })(facts);
};

/** Ranges by the names of ipaddr.js; metadata services (169.254.169.254, fd00:ec2::254) are in the first two. */
const never: ReadonlySet<string> = new Set([
  ...['linkLocal', 'loopback', 'unspecified', 'multicast', 'broadcast', 'reserved'],
  'carrierGradeNat',
]);
const inside: ReadonlySet<string> = new Set(['private', 'uniqueLocal']);

/** A proxy that reaches everything would be the way into everything. */
export const upstreamAddresses: Rule = eachUpstream(
  ({ url, private: isPrivate, ...rest }, path) => {
    const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
    const at = [...path, 'url'];
    if (rest.certificateSha256 !== undefined && rest.caCertificate !== undefined) {
      return [
        {
          path: [...path, 'caCertificate'],
          problem: 'a certificate is pinned besides, and the pin would decide alone',
          fix: 'keep one of the two',
        },
      ];
    }
    if (!ipaddr.isValid(host)) {
      return /(^|\.)(localhost|internal|localdomain)$/.test(host)
        ? [
            {
              path: at,
              problem: 'a name of this machine or of a metadata service',
              fix: 'write the API',
            },
          ]
        : [];
    }
    const range = ipaddr.parse(host).range();
    if (never.has(range) || host.toLowerCase() === 'fd00:ec2::254') {
      return [
        {
          path: at,
          problem: 'an address of this machine, of its link or of a metadata service',
          fix: 'write the address of the API',
        },
      ];
    }
    return inside.has(range) && !isPrivate
      ? [{ path: at, problem: 'a private address', fix: 'write private: true if that is meant' }]
      : [];
  },
);

/** Headers that say how a message is carried; one of them injected would break or split it. */
const ofTransport: ReadonlySet<string> = new Set([
  ...['host', 'connection', 'content-length', 'transfer-encoding', 'te', 'trailer', 'upgrade'],
  ...['keep-alive', 'proxy-connection', 'expect', 'cookie'],
]);

export const upstreamHeaders: Rule = eachUpstream(({ header }, path) =>
  ofTransport.has(header.toLowerCase())
    ? [
        {
          path: [...path, 'header'],
          problem:
            header.toLowerCase() === 'cookie'
              ? 'sessions by cookie do not fit a proxy: they are made by a login and change'
              : 'this header says how a message is carried',
          fix: 'write the header of the API key, e.g. X-API-KEY or Authorization',
        },
      ]
    : [],
);
