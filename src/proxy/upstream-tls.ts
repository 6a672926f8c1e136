import type { Upstream } from '../model/proxy.ts';
import type { ProxyPlace } from './place.ts';

/** TLS to an upstream: by a pinned certificate, by its own CA, or by the system's, and then for its name. */
export function tlsToUpstream(upstream: Upstream, place: ProxyPlace): object {
  const { host, isAddress } = upstream;
  return {
    name: 'envoy.transport_sockets.tls',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
      ...(isAddress ? {} : { sni: host }),
      common_tls_context: {
        tls_params: { tls_minimum_protocol_version: 'TLSv1_2' },
        validation_context: validation(upstream, place),
      },
    },
  };
}

function validation(upstream: Upstream, place: ProxyPlace): object {
  const { name, host, isAddress, certificateSha256 } = upstream;
  if (certificateSha256 !== undefined) {
    // Self-signed, as consoles are: this one certificate and no other.
    return {
      verify_certificate_hash: [certificateSha256],
      trust_chain_verification: 'ACCEPT_UNTRUSTED',
    };
  }
  const own = place.authorities[name];
  return {
    trusted_ca:
      own === undefined
        ? { filename: place.systemAuthorities ?? '/etc/ssl/certs/ca-certificates.crt' }
        : { inline_string: own },
    match_typed_subject_alt_names: [
      { san_type: isAddress ? 'IP_ADDRESS' : 'DNS', matcher: { exact: host } },
    ],
  };
}
