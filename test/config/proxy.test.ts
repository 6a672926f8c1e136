import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { below, example, load, place } from './example.ts';

const secret = below(
  'secrets:',
  '  unifi/injected: { fields: [api_key], rung: 3, owner: network, rotateEvery: 30d }',
);
const container = (kind: string) =>
  below(
    'consumers:',
    '  egress-proxy:',
    `    ${kind}`,
    '    grants: [{ secret: unifi/injected }]',
    '    token: { ttl: 15m, maxTtl: 1h }',
    '    secretIdTtl: 10m',
  );
const lxc = container('kind: lxc\n    container: { vmid: 133, address: 192.0.2.33 }');

/** The example with a proxy of one upstream, of which some fields are others. */
function proxied(changed: Readonly<Record<string, string>> = {}, more = ''): string {
  const upstream = {
    port: '8443',
    url: 'https://192.168.2.5',
    private: 'true',
    secret: 'unifi/injected',
    field: 'api_key',
    header: 'X-API-KEY',
    allow: '[{ methods: [GET], path: /v1/ }]',
    ...changed,
  };
  const lines = Object.entries(upstream).map(([name, value]) => `      ${name}: ${value}`);
  const section = ['proxy:', '  consumer: egress-proxy', '  upstreams:', '    unifi:', ...lines];
  return `${lxc(secret(example)).trimEnd()}\n${section.join('\n')}\n${more}`;
}

let directory: string;
let remove: () => Promise<void>;
beforeAll(async () => {
  ({ directory, remove } = await place());
});
afterAll(() => remove());

const at = 'proxy.upstreams.unifi';

describe('the section proxy', () => {
  it('is accepted with one upstream', async () => {
    const { loaded, error } = await load(directory, proxied());
    expect(error?.message).toBeUndefined();
    expect(loaded?.declaration.proxy?.upstreams).toHaveProperty('unifi');
  });

  it.each<readonly [string, string, string, RegExp]>([
    ['the metadata service', proxied({ url: 'https://169.254.169.254' }), `${at}.url`, /metadata/],
    ['the machine itself', proxied({ url: 'https://127.0.0.1' }), `${at}.url`, /this machine/],
    ['localhost by name', proxied({ url: 'https://localhost' }), `${at}.url`, /this machine/],
    ['a private address unsaid', proxied({ private: 'false' }), `${at}.url`, /private: true/],
    ['a path in the URL', proxied({ url: 'https://192.168.2.5/v1' }), `${at}.url`, /host and port/],
    ['no TLS', proxied({ url: 'http://192.168.2.5' }), `${at}.url`, /https/],
    ['a cookie', proxied({ header: 'Cookie' }), `${at}.header`, /by cookie do not fit/],
    ['a header of transport', proxied({ header: 'Host' }), `${at}.header`, /how a message/],
    ['a secret of rung 2', proxied({ secret: 'unifi/tofu' }), `${at}.secret`, /rung: 3/],
    ['a field that is none', proxied({ field: 'password' }), `${at}.field`, /api_key/],
    [
      'a path with dots',
      proxied({ allow: '[{ methods: [GET], path: /v1/../x }]' }),
      `${at}.allow[0].path`,
      /"\.\."/,
    ],
    [
      'a pattern as a path',
      proxied({ allow: "[{ methods: [GET], path: '/v1/*' }]" }),
      `${at}.allow[0].path`,
      /no pattern/,
    ],
    [
      'a proxy that may do something else',
      proxied().replace(
        '[{ secret: unifi/injected }]',
        '[{ secret: unifi/injected }, { profile: dns }]',
      ),
      'consumers.egress-proxy.grants[1]',
      /nothing else/,
    ],
    [
      'a grant of the secret to somebody else',
      proxied().replace(
        '      - profile: proxmox\n',
        '      - profile: proxmox\n      - secret: unifi/injected\n',
      ),
      'consumers.proxmox-agent.grants[1].secret',
      /never seen by a consumer/,
    ],
    [
      'a grant to no upstream',
      proxied().replace(
        '      - profile: proxmox\n',
        '      - profile: proxmox\n      - proxy: unify\n',
      ),
      'consumers.proxmox-agent.grants[1].proxy',
      /no such upstream.* -> write unifi/,
    ],
  ])('is refused for %s', async (_, text, field, message) => {
    const { refusals, error } = await load(directory, text);
    const refusal = refusals.find((one) => one.field === field);
    expect(refusal, `refused instead: ${error?.message ?? 'nothing'}`).toBeDefined();
    expect(`${refusal?.problem ?? ''} -> ${refusal?.fix ?? ''}`).toMatch(message);
  });
});
