import type { Upstream } from '../model/proxy.ts';

/** Headers by which a client could bring a credential, or a word about who it is, of its own. */
const unwanted = [
  ...['authorization', 'proxy-authorization', 'cookie', 'x-api-key', 'x-auth-token', 'api-key'],
  ...['x-csrf-token', 'private-token', 'x-amz-security-token', 'forwarded', 'x-forwarded-for'],
  ...['x-forwarded-host', 'x-forwarded-proto', 'x-forwarded-port', 'x-real-ip', 'x-original-url'],
  ...['x-rewrite-url', 'x-http-method-override', 'x-http-method', 'x-method-override'],
];

/** The host names that the proxy itself is asked by, and what passes: the rest is refused. */
export function virtualHost(upstream: Upstream, names: readonly string[]): object {
  const { name, port, host, hostPort, isAddress, header, allow } = upstream;
  const authority = isAddress && host.includes(':') ? `[${host}]` : host;
  const to = {
    cluster: name,
    // Of the declaration, whatever the client said.
    host_rewrite_literal: hostPort === 443 ? authority : `${authority}:${String(hostPort)}`,
    timeout: '300s',
  };
  return {
    name,
    // By another name than its own, it is not meant: absolute-form and rebound names end here (404).
    domains: names.map((one) => `${one}:${String(port)}`),
    request_headers_to_remove: unwanted.filter((one) => one !== header.toLowerCase()),
    // Sessions by cookie are not this proxy's: it would hand them to whoever comes first.
    response_headers_to_remove: ['set-cookie'],
    routes: [
      ...allow.map(({ methods, path }) => ({
        match: {
          ...(path.endsWith('/') ? { prefix: path } : { path }),
          headers: [
            {
              name: ':method',
              string_match: { safe_regex: { regex: methods.join('|') } },
            },
          ],
        },
        route: to,
      })),
      {
        match: { prefix: '/' },
        direct_response: { status: 403, body: { inline_string: 'not allowed by the proxy\n' } },
      },
    ],
  };
}
