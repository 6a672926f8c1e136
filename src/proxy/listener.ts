import type { Upstream } from '../model/proxy.ts';
import { accessLog } from './access-log.ts';
import { secretFile, type ProxyPlace } from './place.ts';
import { virtualHost } from './routes.ts';

const types = 'type.googleapis.com/envoy.extensions';

/** One listener, which is one upstream: its users, its credential, its paths. */
export function listener(upstream: Upstream, place: ProxyPlace): object {
  const { name, port } = upstream;
  return {
    name,
    address: { socket_address: { address: place.address, port_value: port } },
    per_connection_buffer_limit_bytes: 32_768,
    filter_chains: [
      {
        transport_socket: tlsOfListener(place),
        filters: [
          {
            name: 'envoy.filters.network.http_connection_manager',
            typed_config: connectionManager(upstream, place),
          },
        ],
      },
    ],
  };
}

function tlsOfListener({ tls }: ProxyPlace): object {
  const pem = { filename: `${tls.directory}/${tls.file}` };
  return {
    name: 'envoy.transport_sockets.tls',
    typed_config: {
      '@type': `${types}.transport_sockets.tls.v3.DownstreamTlsContext`,
      common_tls_context: {
        tls_params: { tls_minimum_protocol_version: 'TLSv1_2' },
        alpn_protocols: ['h2', 'http/1.1'],
        // A new certificate is taken when a file is renamed into the directory.
        tls_certificates: [
          { certificate_chain: pem, private_key: pem, watched_directory: { path: tls.directory } },
        ],
      },
    },
  };
}

function connectionManager(upstream: Upstream, place: ProxyPlace): object {
  return {
    '@type': `${types}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: upstream.name,
    codec_type: 'AUTO',
    // What a client says of where it comes from is not believed, and not passed on.
    use_remote_address: true,
    skip_xff_append: true,
    generate_request_id: false,
    server_header_transformation: 'PASS_THROUGH',
    // One spelling of a path: what is matched is what is sent.
    normalize_path: true,
    merge_slashes: true,
    path_with_escaped_slashes_action: 'REJECT_REQUEST',
    common_http_protocol_options: {
      headers_with_underscores_action: 'REJECT_REQUEST',
      idle_timeout: '60s',
      max_headers_count: 64,
    },
    http2_protocol_options: { max_concurrent_streams: 100 },
    max_request_headers_kb: 32,
    request_headers_timeout: '10s',
    stream_idle_timeout: '300s',
    access_log: [accessLog(upstream.name)],
    http_filters: [
      onlyItsUsers(upstream),
      credential(upstream, place),
      {
        name: 'envoy.filters.http.router',
        typed_config: {
          '@type': `${types}.filters.http.router.v3.Router`,
          suppress_envoy_headers: true,
        },
      },
    ],
    route_config: { name: upstream.name, virtual_hosts: [virtualHost(upstream, place.names)] },
  };
}

/** By the address of the connection itself: an upstream that is granted to nobody lets nobody in. */
function onlyItsUsers({ name, from }: Upstream): object {
  const networks = from.map((cidr) => {
    const [address_prefix = '', prefix = ''] = cidr.split('/');
    return { direct_remote_ip: { address_prefix, prefix_len: Number(prefix) } };
  });
  return {
    name: 'envoy.filters.http.rbac',
    typed_config: {
      '@type': `${types}.filters.http.rbac.v3.RBAC`,
      rules: {
        action: 'ALLOW',
        policies:
          networks.length === 0
            ? {}
            : { [name]: { permissions: [{ any: true }], principals: networks } },
      },
    },
  };
}

/** Replaces what the client sent there, and refuses (401) as long as there is no value. */
function credential({ name, header }: Upstream, { secrets }: ProxyPlace): object {
  return {
    name: 'envoy.filters.http.credential_injector',
    typed_config: {
      '@type': `${types}.filters.http.credential_injector.v3.CredentialInjector`,
      overwrite: true,
      allow_request_without_credential: false,
      credential: {
        name: 'envoy.http.injected_credentials.generic',
        typed_config: {
          '@type': `${types}.http.injected_credentials.generic.v3.Generic`,
          header,
          credential: {
            name,
            sds_config: {
              resource_api_version: 'V3',
              path_config_source: {
                path: `${secrets}/${secretFile(name)}`,
                watched_directory: { path: secrets },
              },
            },
          },
        },
      },
    },
  };
}
