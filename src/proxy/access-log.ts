/**
 * A line of JSON a request on stdout: who, what, how it ended. No header, no query, no body, so no credential
 * (Envoy, "Access logging", command operators).
 */
export function accessLog(upstream: string): object {
  return {
    name: 'envoy.access_loggers.stdout',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog',
      log_format: {
        json_format: {
          at: '%START_TIME%',
          upstream,
          from: '%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%',
          method: '%REQ(:METHOD)%',
          path: '%PATH(NQ)%',
          status: '%RESPONSE_CODE%',
          why: '%RESPONSE_CODE_DETAILS%',
          bytes_in: '%BYTES_RECEIVED%',
          bytes_out: '%BYTES_SENT%',
          milliseconds: '%DURATION%',
        },
      },
    },
  };
}
