import { describe, expect, it } from 'vitest';
import type { Address } from '../../src/config/brands.ts';
import { outboundRules } from '../../src/constructs/proxmox/outbound-rules.ts';
import { resolveBackbone } from '../../src/model/backbone.ts';
import { inventory } from '../../src/model/inventory.ts';
import { declare, input, type DeclarationInput } from '../fixtures/declaration.ts';

type OpenBao = Partial<DeclarationInput['openbao']>;

const site = (openbao: OpenBao = {}, rest: Partial<DeclarationInput> = {}) =>
  resolveBackbone(declare({ openbao: { ...input.openbao, ...openbao }, ...rest }));
const out = (...args: Parameters<typeof site>) =>
  site(...args)
    .outbound.filter(({ user }) => user !== '_apt')
    .map(({ comment, port, to, user }) => `${user}: ${comment} ${String(to)} ${String(port)}`);

const aws = ['openbao: AWS STS public 443', 'aws-identity: IAM Roles Anywhere public 443'];
const snapshots = {
  ...{ comment: 'Snapshots', port: 22, user: 'openbao-snapshot' },
  to: ['192.0.2.60/32'],
};
const everything: OpenBao = {
  nodes: [20, 21, 22].map((last) => ({
    name: `openbao-${String(last)}`,
    vmid: 100 + last,
    address: `192.0.2.${String(last)}`,
  })),
  outbound: [snapshots, { comment: 'Alarm', port: 8443, to: 'public', user: 'root' }],
};

describe('what an OpenBao host may reach', () => {
  it('is AWS and Debian, and nothing else where nothing is declared', () => {
    expect(out()).toEqual(aws);
    const packages = site().outbound.filter(({ user }) => user === '_apt');
    expect(packages.map(({ to, port }) => `${String(to)} ${String(port)}`)).toEqual([
      'public 80',
      'public 443',
    ]);
  });

  it('is the place of its snapshots as it is declared, for that user', () => {
    expect(out({ outbound: [snapshots] })).toEqual([
      ...aws,
      'openbao-snapshot: Snapshots 192.0.2.60/32 22',
    ]);
  });

  it('is a declared database: its address, or the networks of the site where it has a name', () => {
    const database = {
      ...{ database: 'app', username: 'openbao' },
      roles: { reader: { memberOf: 'app_reader', ttl: '15m', maxTtl: '30m' } },
    };
    const databases = {
      a: { ...database, host: '192.0.2.61' },
      b: { ...database, host: 'db.example', port: 443 },
    };
    expect(out({}, { engines: { databases } }).slice(2)).toEqual([
      'openbao: Database a 192.0.2.61/32 5432',
      'openbao: Database b 10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7 443',
    ]);
  });

  it('is who signs the tokens that it believes', () => {
    const operatorAuth = {
      kind: 'oidc' as const,
      discoveryUrl: 'https://192.0.2.62:8443/realm',
      clientId: 'openbao',
      boundEmails: ['a@example.net'],
      redirectUris: ['http://localhost:8250/oidc/callback'],
    };
    expect(out({ operatorAuth }).slice(2)).toEqual(['openbao: OIDC issuer 192.0.2.62/32 8443']);
  });

  it.each([
    ['nothing more', {}],
    ['three nodes, a place for snapshots and an alarm', everything],
  ])('is the same on both firewalls, but for users: with %s', (_, openbao) => {
    const backbone = site(openbao);
    const { vars } = inventory(backbone, [], {
      trustAnchorArn: '',
      profileArn: '',
      brokerRoleArn: '',
    }).all.children.openbao_servers;
    const host = vars.firewall_outbound.flatMap(({ port, to }) =>
      to.map((end) => `${end} ${String(port)}`),
    );
    const { dns } = backbone.declaration.proxmox;
    const proxmox = outboundRules({ dns, rules: backbone.outbound })
      .filter(({ action, comment }) => action === 'ACCEPT' && comment !== 'DNS')
      .map(({ dest, dport }) => `${dest ?? 'public'} ${dport ?? ''}`);
    expect([...new Set(proxmox)].sort()).toEqual([...new Set(host)].sort());
    expect(vars.firewall_dns).toEqual(dns);
  });

  it('leaves private networks out of what is public, behind what is named', () => {
    const { outbound } = site(everything);
    const rules = outboundRules({ dns: ['192.0.2.1' as Address], rules: outbound });
    const at = (wanted: string) =>
      rules.findIndex(({ action, dest = 'any' }) => `${action} ${dest}`.startsWith(wanted));
    expect(at('ACCEPT 192.0.2.60/32')).toBeLessThan(at('DROP 10.0.0.0/8'));
    expect(at('DROP 10.0.0.0/8')).toBeLessThan(at('ACCEPT any'));
  });
});
