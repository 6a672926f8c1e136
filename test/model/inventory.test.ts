import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { bootstrapAcl } from '../../policies/openbao/bootstrap.ts';
import { renderAcl } from '../../policies/openbao/acl.ts';
import { resolveBackbone } from '../../src/model/backbone.ts';
import { inventory } from '../../src/model/inventory.ts';
import { account, declare, input, type DeclarationInput } from '../fixtures/declaration.ts';
import { withServices } from '../fixtures/services.ts';

const hosts = [{ name: 'openbao-1', address: '192.0.2.20', ssh_user: 'root' }];
const aws = {
  trustAnchorArn: `arn:aws:rolesanywhere:us-east-2:${account}:trust-anchor/1`,
  profileArn: `arn:aws:rolesanywhere:us-east-2:${account}:profile/1`,
  brokerRoleArn: `arn:aws:iam::${account}:role/openbao-broker`,
};

function made(overrides: Partial<DeclarationInput> = {}) {
  return inventory(resolveBackbone(declare(overrides)), hosts, aws).all.children.openbao_servers;
}

describe('the inventory', () => {
  it('has each deployed host by name and address', () => {
    expect(made().hosts).toEqual({
      'openbao-1': {
        ansible_host: '192.0.2.20',
        ansible_user: 'root',
        openbao_address: '192.0.2.20',
      },
    });
  });

  it('lets in what the Proxmox firewall lets in, rule by rule', () => {
    expect(made().vars.firewall_inbound).toEqual(resolveBackbone(declare()).firewall);
  });

  it('says that the data has a volume of its own, as the stack gives it one', () => {
    expect(made().vars.openbao_seal_key_apart).toBe(true);
  });

  it('puts metrics on the address of a node only where somebody is declared to scrape them', () => {
    expect(made().vars.openbao_metrics_remote).toBe(false);
    const { vars } = made({
      openbao: { ...input.openbao, metrics: { from: ['192.0.2.70/32'] } },
    });
    expect(vars.openbao_metrics_remote).toBe(true);
    expect(vars.firewall_inbound).toContainEqual({
      ...{ comment: 'OpenBao metrics', port: 8202, source: '192.0.2.70/32' },
    });
  });

  it('carries the policy that the program tests, from addresses of operators and deployers alone', () => {
    const { policy, from } = made().vars.openbao_first_identity;
    expect(policy).toBe(renderAcl(bootstrapAcl()));
    expect(from).toEqual(['192.0.2.30/32', '203.0.113.7/32']);
    // Near misses: an agent's network, the issuer.
    expect(from).not.toContain('198.51.100.0/28');
    expect(from).not.toContain('192.0.2.32/32');
  });

  it('gives the engine its AWS identity by the adapter, and no other', () => {
    const [plugin] = made().vars.openbao_plugins;
    expect(plugin?.env).toMatchObject({
      AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://127.0.0.1:9911/credentials',
      AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
      AWS_EC2_METADATA_DISABLED: 'true',
    });
    expect(made().vars).toMatchObject({
      aws_identity_common_name: 'openbao.lab.example',
      aws_identity_trust_anchor_arn: aws.trustAnchorArn,
      aws_identity_role_arn: aws.brokerRoleArn,
    });
  });

  it('has a key pair of rung 2 in place of a certificate where that is declared', () => {
    const principalArn = `arn:aws:iam::${account}:role/principal`;
    const identity = { kind: 'broker-key', principalArn } as const;
    const backbone = resolveBackbone(declare({ aws: { ...input.aws, identity } }));
    const { vars } = inventory(backbone, hosts, undefined).all.children.openbao_servers;
    expect(vars).toMatchObject({
      aws_identity_kind: 'broker-key',
      aws_identity_principal_arn: principalArn,
      aws_identity_role_arn: aws.brokerRoleArn,
    });
    expect(vars).not.toHaveProperty('aws_identity_trust_anchor_arn');
    const out = vars.firewall_outbound.map(({ comment, user }) => `${comment} ${user}`);
    expect(out).toContain('AWS IAM aws-identity');
    expect(out).not.toContain('IAM Roles Anywhere aws-identity');
  });

  it('limits what goes to AWS by user, and by address where one is declared', () => {
    const out = (endpoints?: DeclarationInput['aws']['endpoints']) =>
      made({ aws: { ...input.aws, ...(endpoints === undefined ? {} : { endpoints }) } })
        .vars.firewall_outbound.filter(({ user }) => user !== '_apt')
        .map(({ user, port, to }) => `${user} ${String(port)} ${to.join()}`);
    expect(out()).toEqual(['openbao 443 public', 'aws-identity 443 public']);
    expect(out({ sts: 'https://192.0.2.60:8443', rolesanywhere: 'https://vpce.example' })).toEqual([
      'openbao 8443 192.0.2.60/32',
      'aws-identity 443 public',
    ]);
  });

  it('lets nodes speak to each other where there are three', () => {
    const nodes = [1, 2, 3].map((n) => ({
      name: `openbao-${String(n)}`,
      vmid: 119 + n,
      address: `192.0.2.${String(19 + n)}`,
    }));
    const { vars } = made({ openbao: { ...input.openbao, nodes } });
    const peers = vars.firewall_outbound.filter(({ comment }) => comment === 'OpenBao peers');
    const all = ['192.0.2.20/32', '192.0.2.21/32', '192.0.2.22/32'];
    expect(peers.map(({ port, to, user }) => [port, user, to])).toEqual([
      [8200, 'openbao', all],
      // It asks whether the leader that a standby names is there.
      [8200, 'openbao-snapshot', all],
      [8201, 'openbao', all],
    ]);
  });

  it('names the DNS name of the declared URL, which the certificate has to hold', () => {
    const at = (address: string) =>
      made({ openbao: { ...input.openbao, address } }).vars.openbao_dns_names;
    expect(at('https://bao.example:8200')).toEqual(['bao.example']);
    expect(at('https://[2001:db8::1]:8200')).toEqual([]);
  });

  describe('of the hosts of services', () => {
    const { children } = inventory(resolveBackbone(declare(withServices())), hosts, aws).all;

    it('has the broker and the proxy in a group each, and not among the consumers', () => {
      expect(children.github_broker?.hosts).toEqual({
        'github-broker': {
          ...{ ansible_host: '192.0.2.70', ansible_user: 'root', consumer_name: 'github-broker' },
        },
      });
      expect(Object.keys(children.egress_proxy?.hosts ?? {})).toEqual(['egress-proxy']);
      expect(Object.keys(children.consumers?.hosts ?? {})).toEqual(['unpoller']);
    });

    it('has them where the container is the site’s own, too, and not where there is no service', () => {
      const own = inventory(resolveBackbone(declare(withServices({}))), hosts, aws).all.children;
      expect(own.github_broker?.vars).toEqual(children.github_broker?.vars);
      const none = inventory(resolveBackbone(declare()), hosts, aws).all.children;
      expect(none).not.toHaveProperty('github_broker');
      expect(none).not.toHaveProperty('egress_proxy');
    });

    it('lets each user out to its own ends alone', () => {
      const out = (name: 'github_broker' | 'egress_proxy') =>
        (children[name]?.vars.firewall_outbound ?? [])
          .filter(({ user }) => user !== '_apt')
          .map(({ user, port, to }) => `${user} ${to.join()} ${String(port)}`);
      expect(out('github_broker')).toEqual(['backbone 192.0.2.20/32 8200', 'backbone public 443']);
      // Whoever holds the connections has no way to OpenBao.
      expect(out('egress_proxy')).toEqual([
        'backbone 192.0.2.20/32 8200',
        'egress-proxy 10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7 443',
        'egress-proxy public 443',
        'egress-proxy 10.0.0.5/32 8444',
      ]);
    });

    it('says where each listens', () => {
      expect(children.github_broker?.vars).toMatchObject({
        ...{ github_broker_address: '192.0.2.70', github_broker_port: 8443 },
      });
      expect(children.egress_proxy?.vars).toMatchObject({
        egress_proxy_address: '192.0.2.71',
        egress_proxy_upstreams: [
          { name: 'console', port: 8446 },
          { name: 'model', port: 8445 },
          { name: 'unifi', port: 8443 },
        ],
      });
    });
  });

  describe('of consumers', () => {
    const children = (overrides: Partial<DeclarationInput> = {}) =>
      inventory(resolveBackbone(declare(overrides)), hosts, aws).all.children;
    const consumers = (overrides: Partial<DeclarationInput> = {}) =>
      children(overrides).consumers?.hosts;

    it('has the containers, and no consumer of another kind', () => {
      expect(consumers()).toEqual({
        unpoller: {
          ansible_host: '192.0.2.40',
          ansible_user: 'root',
          consumer_name: 'unpoller',
        },
      });
    });

    it('has one that rotates in a group of its own, for another playbook', () => {
      const { unpoller } = input.consumers;
      const grants = [{ rotate: 'unifi/exporter' }];
      const rotated = {
        ...input.secrets,
        'unifi/exporter': {
          ...input.secrets['unifi/exporter'],
          fields: ['username', 'password'],
          unifi: { controller: 'https://192.0.2.5', kind: 'os', account: 'password', admin: 'x' },
        },
      } as DeclarationInput['secrets'];
      const declared = { ...input.consumers, unpoller: { ...unpoller, grants } };
      const overrides = {
        secrets: rotated,
        consumers: declared as DeclarationInput['consumers'],
      };
      expect(consumers(overrides)).toBeUndefined();
      expect(children(overrides).unifi_rotation?.hosts).toMatchObject({
        unpoller: { ansible_host: '192.0.2.40', consumer_name: 'unpoller' },
      });
      expect(children().unifi_rotation).toBeUndefined();
    });
  });

  it('survives YAML', () => {
    const whole = inventory(resolveBackbone(declare()), hosts, aws);
    const text = stringify(whole, { lineWidth: 0, aliasDuplicateObjects: false });
    expect(parse(text)).toEqual(JSON.parse(JSON.stringify(whole)));
  });
});
