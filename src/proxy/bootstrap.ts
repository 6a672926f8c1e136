import type { Proxy, Upstream } from '../model/proxy.ts';
import { listener } from './listener.ts';
import { tlsToUpstream } from './upstream-tls.ts';

/** Where the files of an Envoy lie on its host. */
export interface ProxyPlace {
  /** Address that it listens on; the proxy's own. */
  readonly address: string;
  /** What its users call it: that address (in brackets, if it is IPv6), or names. */
  readonly names: readonly string[];
  /** Directory in memory with a file of secrets for each upstream, which `backbone feed` keeps. */
  readonly secrets: string;
  /** Directory that is watched, and in it one PEM file with key and chain of the listeners. */
  readonly tls: { readonly directory: string; readonly file: string };
  /** PEM of an upstream's own CA, by its name. @default - the system's CAs */
  readonly authorities: Readonly<Record<string, string>>;
  /** File of the system's CAs. @default Debian's */
  readonly systemAuthorities?: string;
}

/** The file of secrets of an upstream, below `ProxyPlace.secrets`. */
export const secretFile = (upstream: string) => `${upstream}.json`;

/**
 * Envoy's whole configuration (Envoy API v3, `config.bootstrap.v3.Bootstrap`). Pure, and without a secret.
 *
 * Guarantees: no admin interface; one listener an upstream; nothing is resolved but the declared names, and
 * everything upstream is over TLS with a certificate that is checked against that name, so a name that is
 * answered with another address leads nowhere.
 */
export function envoyBootstrap(proxy: Proxy, place: ProxyPlace): object {
  return {
    node: { id: proxy.consumer, cluster: 'egress-proxy' },
    static_resources: {
      listeners: proxy.upstreams.map((upstream) => listener(upstream, place)),
      clusters: proxy.upstreams.map((upstream) => cluster(upstream, place)),
    },
    overload_manager: {
      resource_monitors: [
        {
          name: 'envoy.resource_monitors.global_downstream_max_connections',
          typed_config: {
            '@type':
              'type.googleapis.com/envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig',
            max_active_downstream_connections: '1000',
          },
        },
      ],
    },
  };
}

function cluster(upstream: Upstream, place: ProxyPlace): object {
  const { name, host, hostPort, isAddress } = upstream;
  return {
    name,
    // An address is taken as it stands; of a name, every answer is used and none is kept beyond its life.
    type: isAddress ? 'STATIC' : 'STRICT_DNS',
    ...(isAddress ? {} : { respect_dns_ttl: true, dns_lookup_family: 'V4_PREFERRED' }),
    connect_timeout: '5s',
    per_connection_buffer_limit_bytes: 32_768,
    load_assignment: {
      cluster_name: name,
      endpoints: [
        {
          lb_endpoints: [
            {
              endpoint: {
                address: { socket_address: { address: host, port_value: hostPort } },
              },
            },
          ],
        },
      ],
    },
    transport_socket: tlsToUpstream(upstream, place),
  };
}
