import ipaddr from 'ipaddr.js';
import { bootstrapAcl } from '../../policies/openbao/bootstrap.ts';
import { renderAcl } from '../../policies/openbao/acl.ts';
import type { Cidr } from '../config/brands.ts';
import type { Backbone } from './backbone.ts';
import { hostCidr } from './consumer.ts';
import { openbaoPorts, outboundTo, packagesOut, type OutboundRule } from './firewall.ts';
import type { Proxy } from './proxy.ts';
import type { ServiceHost } from './service-host.ts';

/** A container as the stack `host` reports it. */
export interface DeployedHost {
  readonly name: string;
  readonly address: string;
  readonly ssh_user: string;
}

/** What AWS named; undefined where the identity is of another kind. */
export interface RolesAnywhereOutputs {
  readonly trustAnchorArn: string;
  readonly profileArn: string;
  readonly brokerRoleArn: string;
}

/** Where the identity adapter listens on an OpenBao host, and under which credential its token is given. */
const adapter = { port: 9911, token: 'aws-identity-token', tokenFile: '/etc/aws-identity/token' };

/**
 * The Ansible inventory: every variable of the roles that follows from the declaration or from what was
 * deployed. Choices of the site (recipients, destinations, files on the controller) are not in it: they
 * stand in `group_vars/openbao_servers.yml` beside it. Holds no secret.
 */
export function inventory(
  backbone: Backbone,
  hosts: readonly DeployedHost[],
  aws: RolesAnywhereOutputs | undefined,
) {
  const { declaration } = backbone;
  return {
    all: {
      children: {
        openbao_servers: {
          hosts: Object.fromEntries(
            hosts.map(({ name, address, ssh_user }) => [
              name,
              { ansible_host: address, ansible_user: ssh_user, openbao_address: address },
            ]),
          ),
          vars: {
            openbao_cluster_name: declaration.openbao.nodes[0]?.name,
            openbao_peers: hosts.map(({ name, address }) => ({ name, address })),
            openbao_dns_names: dnsNames(backbone),
            openbao_first_identity: {
              policy: renderAcl(bootstrapAcl()),
              from: firstIdentityFrom(backbone),
            },
            ...awsEngine(backbone),
            firewall_inbound: backbone.firewall,
            firewall_dns: declaration.proxmox.dns,
            firewall_outbound: written(outbound(backbone)),
            ...awsIdentity(backbone, aws),
          },
        },
        ...consumers(backbone),
        ...serviceGroups(backbone),
      },
    },
  };
}

/** The hosts of broker and proxy, each for its own playbook. */
function serviceGroups({ declaration, github, proxy, serviceHosts }: Backbone) {
  const group = <T extends object>(stack: ServiceHost['stack'], own: T) => {
    const host = serviceHosts.find((one) => one.stack === stack);
    if (host === undefined) return undefined;
    const { consumer, address, inbound, outbound } = host;
    return {
      hosts: {
        [consumer]: { ansible_host: address, ansible_user: 'root', consumer_name: consumer },
      },
      vars: {
        firewall_inbound: inbound,
        firewall_dns: declaration.proxmox.dns,
        firewall_outbound: written(outbound),
        ...own,
      },
    };
  };
  const broker = group('github-host', {
    github_broker_address: github?.broker.address,
    github_broker_port: github?.broker.port,
  });
  const egress = group('proxy-host', {
    egress_proxy_address: proxy?.address,
    egress_proxy_upstreams: upstreams(proxy),
  });
  return {
    ...(broker === undefined ? {} : { github_broker: broker }),
    ...(egress === undefined ? {} : { egress_proxy: egress }),
  };
}

function upstreams(proxy: Proxy | undefined) {
  return (proxy?.upstreams ?? []).map(({ name, port }) => ({ name, port }));
}

/**
 * Containers that let themselves in as consumers: those of `consumer.yml`, and those that rotate, for
 * `unifi-rotation.yml`. Hosts of services have playbooks of their own.
 */
function consumers({ declaration, consumers: all, serviceHosts }: Backbone) {
  const services = new Set<string>(serviceHosts.map(({ consumer }) => consumer));
  const group = (rotating: boolean) => {
    const hosts = all.flatMap(({ name, grants }) => {
      const declared = declaration.consumers[name];
      return declared?.kind !== 'lxc' ||
        services.has(name) ||
        grants.some(({ kind }) => kind === 'rotate') !== rotating
        ? []
        : [
            [
              name,
              {
                ansible_host: declared.container.address,
                ansible_user: 'root',
                consumer_name: name,
              },
            ] as const,
          ];
    });
    return hosts.length === 0 ? undefined : { hosts: Object.fromEntries(hosts) };
  };
  const plain = group(false);
  const rotating = group(true);
  return {
    ...(plain === undefined ? {} : { consumers: plain }),
    ...(rotating === undefined ? {} : { unifi_rotation: rotating }),
  };
}

/** The first identity is a person's: the operators' addresses, and those that deploy. */
function firstIdentityFrom({ consumers, declaration }: Backbone): readonly Cidr[] {
  const operators = consumers.filter(({ kind }) => kind === 'operator');
  const from = [
    ...operators.flatMap((operator) => operator.from),
    ...declaration.openbao.identities.apply.from,
  ];
  return [...new Set(from)].sort();
}

/** The name in the declared URL, if it is one: the certificate has to hold it. */
function dnsNames({ openbaoAddress }: Backbone): readonly string[] {
  const { hostname } = new URL(openbaoAddress);
  return ipaddr.isValid(hostname.replace(/^\[|\]$/g, '')) ? [] : [hostname];
}

/** The AWS engine as a plugin that takes its identity from the adapter, and from nothing else. */
function awsEngine({ declaration }: Backbone) {
  return {
    openbao_plugins: [
      {
        type: 'secret',
        name: 'aws',
        version: 'v0.3.0',
        // Which build that is, is a choice of the site: its file and checksum are in group_vars.
        src: '{{ backbone_aws_plugin_src }}',
        sha256: '{{ backbone_aws_plugin_sha256 }}',
        env: {
          AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${String(adapter.port)}/credentials`,
          AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: `/run/credentials/openbao.service/${adapter.token}`,
          AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
          AWS_CONFIG_FILE: '/nonexistent',
          AWS_EC2_METADATA_DISABLED: 'true',
          AWS_REGION: declaration.aws.region,
        },
      },
    ],
    openbao_credentials: [{ name: adapter.token, path: adapter.tokenFile }],
  };
}

function awsIdentity(
  { declaration, brokerRoleArn }: Backbone,
  aws: RolesAnywhereOutputs | undefined,
) {
  const { identity, region, endpoints } = declaration.aws;
  const common = {
    aws_identity_kind: identity.kind,
    aws_identity_port: adapter.port,
    aws_identity_token_file: adapter.tokenFile,
    aws_identity_region: region,
  };
  switch (identity.kind) {
    case 'roles-anywhere':
      if (aws === undefined) throw new Error('the outputs of the stack aws-trust were not read');
      return {
        ...common,
        aws_identity_common_name: identity.commonName,
        aws_identity_role_arn: aws.brokerRoleArn,
        aws_identity_profile_arn: aws.profileArn,
        aws_identity_trust_anchor_arn: aws.trustAnchorArn,
        aws_identity_endpoint: endpoints?.rolesanywhere ?? '',
      };
    case 'broker-key':
      return {
        ...common,
        aws_identity_role_arn: brokerRoleArn,
        aws_identity_principal_arn: identity.principalArn,
        ...(endpoints?.sts === undefined ? {} : { aws_identity_sts_endpoint: endpoints.sts }),
        ...(endpoints?.iam === undefined ? {} : { aws_identity_iam_endpoint: endpoints.iam }),
      };
  }
}

/** The user of the snapshots asks whether the leader that a standby names is still there. */
const toPeers = [
  { port: openbaoPorts.api, user: 'openbao' },
  { port: openbaoPorts.api, user: 'openbao-snapshot' },
  { port: openbaoPorts.cluster, user: 'openbao' },
];

function outbound({ declaration }: Backbone): readonly OutboundRule[] {
  const { aws, openbao } = declaration;
  const peers =
    openbao.nodes.length > 1 ? openbao.nodes.map(({ address }) => hostCidr(address)) : [];
  const identity: readonly OutboundRule[] =
    aws.identity.kind === 'roles-anywhere'
      ? [to('IAM Roles Anywhere', 'aws-identity', aws.endpoints?.rolesanywhere)]
      : [
          to('AWS STS', 'aws-identity', aws.endpoints?.sts),
          to('AWS IAM', 'aws-identity', aws.endpoints?.iam),
        ];
  return [
    ...toPeers
      .filter(() => peers.length > 0)
      .map((rule) => ({ comment: 'OpenBao peers', to: peers, ...rule })),
    to('AWS STS', 'openbao', aws.endpoints?.sts),
    ...identity,
    ...packagesOut,
  ];
}

/** AWS's own endpoints have no fixed addresses. A declared one may be an address. */
function to(comment: string, user: string, endpoint: string | undefined): OutboundRule {
  return endpoint === undefined
    ? { comment, port: 443, to: 'public', user }
    : outboundTo(comment, user, endpoint);
}

/** As the role `firewall` takes it. */
function written(rules: readonly OutboundRule[]) {
  return rules.map((rule) => ({ ...rule, to: rule.to === 'public' ? [rule.to] : rule.to }));
}
