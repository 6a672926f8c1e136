import type { Proxy, Upstream } from '../model/proxy.ts';
import { listener } from './listener.ts';
import type { ProxyPlace } from './place.ts';
import { tlsToUpstream } from './upstream-tls.ts';

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
    ...(isAddress ? {} : resolution(place)),
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

function resolution({ resolvers }: ProxyPlace): object {
  return {
    respect_dns_ttl: true,
    dns_lookup_family: 'V4_PREFERRED',
    ...(resolvers === undefined
      ? {}
      : {
          typed_dns_resolver_config: {
            name: 'envoy.network.dns_resolver.cares',
            typed_config: {
              '@type':
                'type.googleapis.com/envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig',
              resolvers: resolvers.map(({ address, port }) => ({
                socket_address: { protocol: 'UDP', address, port_value: port },
              })),
            },
          },
        }),
  };
}
