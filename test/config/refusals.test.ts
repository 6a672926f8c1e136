import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { all, below, example, inside, lineOf, load, place, type Edit } from './example.ts';

interface Case {
  readonly title: string;
  readonly edit: Edit;
  readonly field: string;
  /** A text on the line that is to be named, the first after `after`. */
  readonly line: string;
  readonly after?: string;
  readonly received?: RegExp;
  readonly message: RegExp;
}

const agent = '  network-agent:';
const longKey = `${'k'.repeat(90)}/${'s'.repeat(90)}.tfstate`;

const workflows = (...lines: readonly string[]) =>
  ['workflows:', '  repository: acme/homelab', "  repositoryId: '456'", "  ownerId: '123'"]
    .concat(lines.filter((line) => line !== '').map((line) => `  ${line}`))
    .map((line) => `  ${line}`)
    .join('\n');

const cases: readonly Case[] = [
  // Shape
  {
    title: 'an unknown field at the top, with the one that was meant',
    edit: inside('', 'consumers:', 'consumer:'),
    field: 'consumer',
    line: 'consumer:',
    received: /the key "consumer"/,
    message: /no such field here -> write consumers/,
  },
  {
    title: 'an unknown field deep inside',
    edit: below('    kind: lxc', '    colour: red'),
    field: 'consumers.unpoller.colour',
    line: 'colour: red',
    message: /no such field here -> remove it; the fields here are: .*container/,
  },
  {
    title: 'a missing field, at what should hold it',
    edit: inside('openbao:', '      vmid: 120\n', ''),
    field: 'openbao.nodes[0].vmid',
    line: '- name: openbao',
    message: /missing -> add it: guest number/,
  },
  {
    title: 'a missing section',
    edit: inside('', 'state:\n  backend: local\n  directory: state\n', ''),
    field: 'state',
    line: 'version: 1',
    message: /missing -> add it: where this program's own/,
  },
  {
    title: 'an empty field',
    edit: inside('', 'pool: credential-backbone', 'pool:'),
    field: 'proxmox.pool',
    line: 'pool:',
    received: /nothing/,
    message: /empty -> give it a text/,
  },
  {
    title: 'an account number without quotes',
    edit: inside('', "'111122223333'", '011122223333'),
    field: 'aws.account',
    line: 'account: 011122223333',
    received: /011122223333/,
    message: /has to be text -> put it in quotes/,
  },
  {
    title: 'an account number of eleven digits',
    edit: inside('', "'111122223333'", "'11112222333'"),
    field: 'aws.account',
    line: "account: '11112222333'",
    received: /"11112222333"/,
    message: /twelve digits/,
  },
  {
    title: 'another version of the format',
    edit: inside('', 'version: 1', 'version: 2'),
    field: 'version',
    line: 'version: 2',
    received: /the number 2/,
    message: /write 1/,
  },
  {
    title: 'a kind of consumer that does not exist',
    edit: inside(agent, 'kind: agent', 'kind: robot'),
    field: 'consumers.network-agent.kind',
    line: 'kind: robot',
    received: /"robot"/,
    message: /not one of the choices -> write one of lxc, agent, ci, operator/,
  },
  {
    title: 'a list where a map belongs',
    edit: inside(agent, 'token:\n      ttl: 15m\n      maxTtl: 30m', 'token: [15m, 30m]'),
    field: 'consumers.network-agent.token',
    line: 'token: [15m',
    received: /a list/,
    message: /has to be a map of fields/,
  },
  {
    title: 'a consumer name in capitals',
    edit: inside('', agent, '  Network_Agent:'),
    field: 'consumers.Network_Agent',
    line: 'Network_Agent:',
    message: /name is not in the right form -> write lower-case/,
  },
  {
    title: 'a lock table where the lock is a file',
    edit: inside('  unifi:', 'mode: s3', 'mode: s3\n      table: some-table'),
    field: 'profiles.unifi.lock.table',
    line: 'table: some-table',
    message: /no such field/,
  },
  {
    title: 'a lock in the table without a table',
    edit: inside('  unifi:', 'mode: s3', 'mode: dynamodb'),
    field: 'profiles.unifi.lock.table',
    line: 'lock:',
    after: '  unifi:',
    message: /missing -> add it: DynamoDB lock table/,
  },
  {
    title: 'a duration without a unit',
    edit: inside(agent, 'ttl: 15m', 'ttl: 900'),
    field: 'consumers.network-agent.token.ttl',
    line: 'ttl: 900',
    message: /has to be text -> put it in quotes/,
  },
  {
    title: 'a vmid below 100',
    edit: inside('', 'vmid: 120', 'vmid: 99'),
    field: 'openbao.nodes[0].vmid',
    line: 'vmid: 99',
    received: /the number 99/,
    message: /100 or more/,
  },
  {
    title: 'two OpenBao nodes, which make no quorum',
    edit: below(
      '      address: 192.0.2.20',
      '    - name: b',
      '      vmid: 121',
      '      address: 192.0.2.21',
    ),
    field: 'openbao.nodes',
    line: '  nodes:',
    received: /a list/,
    message: /three for a raft quorum/,
  },
  {
    title: 'a Proxmox API without TLS',
    edit: inside('', 'https://192.0.2.10', 'http://192.0.2.10'),
    field: 'proxmox.endpoint',
    line: 'endpoint: http:',
    message: /https:\/\//,
  },
  {
    title: 'an OIDC issuer without TLS',
    edit: inside(
      'operatorAuth:',
      'kind: userpass',
      [
        'kind: oidc',
        'discoveryUrl: http://id.example.net',
        'clientId: backbone',
        'redirectUris: [http://127.0.0.1:8250/oidc/callback]',
        'boundEmails: [operator@example.net]',
      ].join('\n    '),
    ),
    field: 'openbao.operatorAuth.discoveryUrl',
    line: 'discoveryUrl:',
    message: /https:\/\//,
  },
  {
    title: 'a tag in capitals, which Proxmox would change',
    edit: inside('', 'tags: [homelab]', 'tags: [Homelab]'),
    field: 'proxmox.tags[0]',
    line: 'tags:',
    message: /lower-case Proxmox tag/,
  },
  // Grants
  {
    title: 'a wildcard in a grant to a secret',
    edit: inside(agent, 'secret: unifi/tofu', "secret: 'unifi/*'"),
    field: 'consumers.network-agent.grants[0].secret',
    line: "secret: 'unifi/*'",
    received: /"unifi\/\*"/,
    message: /a pattern, and a grant names one thing exactly -> write one grant for each secret/,
  },
  {
    title: 'a single-segment wildcard in a grant',
    edit: inside(agent, 'secret: unifi/tofu', "secret: 'unifi/+'"),
    field: 'consumers.network-agent.grants[0].secret',
    line: "secret: 'unifi/+'",
    message: /a pattern/,
  },
  {
    title: 'a wildcard in a grant to a profile',
    edit: inside(agent, 'profile: unifi', "profile: '*'"),
    field: 'consumers.network-agent.grants[1].profile',
    line: "profile: '*'",
    message: /one grant for each profile; declared: proxmox, proxmox-plan, unifi, dns/,
  },
  {
    title: 'a grant to an undeclared secret, with the nearest one',
    edit: inside(agent, 'secret: unifi/tofu', 'secret: unifi/tofoo'),
    field: 'consumers.network-agent.grants[0].secret',
    line: 'secret: unifi/tofoo',
    received: /"unifi\/tofoo"/,
    message: /no such secret is declared -> write unifi\/tofu/,
  },
  {
    title: 'a grant to a secret that no consumer may see',
    edit: inside('  unifi/tofu:', 'rung: 2', 'rung: 3'),
    field: 'consumers.network-agent.grants[0].secret',
    line: 'secret: unifi/tofu',
    after: agent,
    message: /rung 3 is injected by a proxy and never seen .*-> grant `proxy: <upstream>` instead/,
  },
  {
    title: 'an AWS endpoint of another machine over plain http',
    edit: below('  region: us-east-2', '  endpoints:', '    sts: http://192.0.2.9:4566'),
    field: 'aws.endpoints.sts',
    line: 'sts: http://192.0.2.9:4566',
    message: /plain http to another machine, .* -> write an https:/,
  },
  {
    title: 'a grant to an undeclared profile far from any',
    edit: inside(agent, 'profile: unifi', 'profile: kubernetes'),
    field: 'consumers.network-agent.grants[1].profile',
    line: 'profile: kubernetes',
    message: /declare it under profiles, or grant one of: proxmox/,
  },
  {
    title: 'a grant by a name that every JavaScript object has',
    edit: inside(agent, 'profile: unifi', 'profile: constructor'),
    field: 'consumers.network-agent.grants[1].profile',
    line: 'profile: constructor',
    message: /no such profile/,
  },
  {
    title: 'a grant with the mount in its path',
    edit: inside(agent, 'secret: unifi/tofu', 'secret: kv/data/unifi/tofu'),
    field: 'consumers.network-agent.grants[0].secret',
    line: 'secret: kv/data/unifi/tofu',
    message: /write unifi\/tofu: the path below the mount/,
  },
  {
    title: 'the same grant twice',
    edit: inside(agent, '- profile: unifi', '- secret: unifi/tofu'),
    field: 'consumers.network-agent.grants[1].secret',
    line: '- secret: unifi/tofu\n      - secret: unifi/tofu-key',
    message: /same grant stands above/,
  },
  {
    title: 'a grant of two things at once',
    edit: inside(
      agent,
      '- secret: unifi/tofu\n      - profile',
      '- secret: unifi/tofu\n        profile',
    ),
    field: 'consumers.network-agent.grants[0]',
    line: '- secret: unifi/tofu\n        profile',
    received: /a map/,
    message: /not exactly one thing/,
  },
  {
    title: 'no grant at all',
    edit: inside(
      agent,
      'grants:\n      - secret: unifi/tofu\n      - profile: unifi\n      - secret: unifi/tofu-key\n      - secret: infisical/network-agent',
      'grants: []',
    ),
    field: 'consumers.network-agent.grants',
    line: 'grants: []',
    received: /an empty list/,
    message: /empty -> fill it in/,
  },
  // Sources
  {
    title: 'an agent without a source address',
    edit: inside(agent, '    from: [192.0.2.65/32]\n', ''),
    field: 'consumers.network-agent.from',
    line: agent,
    message: /would work from anywhere -> list its networks/,
  },
  {
    title: 'an operator with an empty list of sources',
    edit: inside('  workstation:', 'from: [198.51.100.10/32]', 'from: []'),
    field: 'consumers.workstation.from',
    line: 'from: []',
    message: /the operator has no source address/,
  },
  {
    title: 'the whole internet as a source',
    edit: inside(agent, '192.0.2.65/32', '0.0.0.0/0'),
    field: 'consumers.network-agent.from[0]',
    line: 'from: [0.0.0.0/0]',
    received: /"0.0.0.0\/0"/,
    message: /wider than \/24 tells nobody apart/,
  },
  {
    title: 'the whole of IPv6 as a source',
    edit: inside(agent, '192.0.2.65/32', "'::/0'"),
    field: 'consumers.network-agent.from[0]',
    line: "from: ['::/0']",
    message: /wider than \/64/,
  },
  {
    title: 'a source with bits of a host',
    edit: inside(agent, '192.0.2.65/32', '192.0.2.65/28'),
    field: 'consumers.network-agent.from[0]',
    line: '192.0.2.65/28',
    message: /bits of a host are set -> write 192.0.2.64\/28, or 192.0.2.65\/32/,
  },
  {
    title: 'a source without a prefix length',
    edit: inside(agent, '192.0.2.65/32', '192.0.2.65'),
    field: 'consumers.network-agent.from[0]',
    line: 'from: [192.0.2.65]',
    message: /CIDR form, for one host with \/32/,
  },
  {
    title: 'an IPv4 source in octal, which programs read differently',
    edit: inside(agent, '192.0.2.65/32', '0300.0.2.65/32'),
    field: 'consumers.network-agent.from[0]',
    line: '0300.0.2.65/32',
    message: /CIDR form/,
  },
  {
    title: 'an IPv4 source in the clothes of IPv6',
    edit: inside(agent, '192.0.2.65/32', "'::ffff:192.0.2.66/128'"),
    field: 'consumers.network-agent.from[0]',
    line: '::ffff:192.0.2.66/128',
    message: /IPv4 address in the form of IPv6 -> write 192.0.2.66/,
  },
  {
    title: 'an IPv6 source that is not spelled canonically',
    edit: inside(agent, '192.0.2.65/32', "'2001:DB8:0:0::5/128'"),
    field: 'consumers.network-agent.from[0]',
    line: '2001:DB8:0:0::5/128',
    message: /canonical spelling -> write 2001:db8::5/,
  },
  {
    title: 'a link-local source',
    edit: inside(agent, '192.0.2.65/32', '169.254.3.0/24'),
    field: 'consumers.network-agent.from[0]',
    line: '169.254.3.0/24',
    message: /link-local addresses, which any neighbour can take/,
  },
  {
    title: 'a multicast source',
    edit: inside(agent, '192.0.2.65/32', '224.0.0.5/32'),
    field: 'consumers.network-agent.from[0]',
    line: '224.0.0.5/32',
    message: /multicast/,
  },
  {
    title: 'a whole network of loopback addresses',
    edit: inside(agent, '192.0.2.65/32', '127.0.3.0/24'),
    field: 'consumers.network-agent.from[0]',
    line: '127.0.3.0/24',
    message: /every program on the OpenBao host/,
  },
  {
    title: 'two agents with the same address',
    edit: inside('  proxmox-agent:', '192.0.2.66/32', '192.0.2.65/32'),
    field: 'consumers.proxmox-agent.from[0]',
    line: 'from: [192.0.2.65/32]',
    after: '  proxmox-agent:',
    message: /overlaps 192.0.2.65\/32 of consumer network-agent, so one could pass for the other/,
  },
  {
    title: 'an agent whose network holds another agent',
    edit: inside('  proxmox-agent:', '192.0.2.66/32', '192.0.2.64/28'),
    field: 'consumers.proxmox-agent.from[0]',
    line: 'from: [192.0.2.64/28]',
    message: /overlaps 192.0.2.65\/32 of consumer network-agent/,
  },
  {
    title: 'an agent whose network holds a container',
    edit: inside(agent, '192.0.2.65/32', '192.0.2.30/31'),
    field: 'consumers.network-agent.from[0]',
    line: '192.0.2.30/31',
    message: /overlaps 192.0.2.31 of consumer unpoller/,
  },
  {
    title: 'an agent whose network holds an OpenBao node',
    edit: inside(agent, '192.0.2.65/32', '192.0.2.20/32'),
    field: 'consumers.network-agent.from[0]',
    line: '192.0.2.20/32',
    after: agent,
    message: /of the OpenBao node openbao/,
  },
  {
    title: 'an agent at the address of the issuer',
    edit: inside(agent, '192.0.2.65/32', '192.0.2.50/32'),
    field: 'consumers.network-agent.from[0]',
    line: '192.0.2.50/32',
    after: agent,
    message: /of the identity issuer/,
  },
  {
    title: 'an agent at the address of the responder',
    edit: inside('    responder:', '198.51.100.10/32', '192.0.2.65/32'),
    field: 'consumers.network-agent.from[0]',
    line: '192.0.2.65/32',
    after: agent,
    message: /of the identity responder/,
  },
  {
    title: 'a responder without a source address',
    edit: inside('    responder:', 'from: [198.51.100.10/32]', 'from: []'),
    field: 'openbao.identities.responder.from',
    line: 'from: []',
    message: /this is empty -> fill it in/,
  },
  {
    title: 'no responder at all',
    edit: inside(
      '',
      '    responder:\n      # Whoever answers an interception: destroys SecretIDs and tokens, reads nothing.\n      from: [198.51.100.10/32]\n',
      '',
    ),
    field: 'openbao.identities.responder',
    line: '  identities:',
    message: /missing -> add it: identity of whoever answers an interception/,
  },
  {
    title: 'a pipeline at the address of terraform apply',
    edit: inside('    apply:', 'from: [198.51.100.10/32]', 'from: [203.0.113.20/32]'),
    field: 'consumers.plan-runner.from[0]',
    line: 'from: [203.0.113.20/32]',
    after: '  plan-runner:',
    message: /of the identity apply/,
  },
  {
    title: 'an identity that may log in from anywhere',
    edit: inside('    issuer:', '192.0.2.50/32', '0.0.0.0/0'),
    field: 'openbao.identities.issuer.from[0]',
    line: '0.0.0.0/0',
    message: /wider than \/24/,
  },
  // Addresses and numbers
  {
    title: 'a vmid that an OpenBao node has',
    edit: inside('', 'vmid: 131', 'vmid: 120'),
    field: 'consumers.unpoller.container.vmid',
    line: 'vmid: 120',
    after: '  unpoller:',
    message: /openbao has the same vmid/,
  },
  {
    title: 'an address that an OpenBao node has',
    edit: inside('', '192.0.2.31', '192.0.2.20'),
    field: 'consumers.unpoller.container.address',
    line: 'address: 192.0.2.20',
    after: '  unpoller:',
    message: /openbao has the same address/,
  },
  {
    title: 'a container outside the network',
    edit: inside('', '192.0.2.31', '198.51.100.31'),
    field: 'consumers.unpoller.container.address',
    line: 'address: 198.51.100.31',
    message: /outside proxmox.network 192.0.2.0\/24/,
  },
  {
    title: 'a container at the gateway',
    edit: inside('  nodes:', '192.0.2.20', '192.0.2.1'),
    field: 'openbao.nodes[0].address',
    line: 'address: 192.0.2.1',
    message: /the address of the gateway/,
  },
  {
    title: 'a container at the Proxmox API',
    edit: inside('  nodes:', '192.0.2.20', '192.0.2.10'),
    field: 'openbao.nodes[0].address',
    line: 'address: 192.0.2.10',
    message: /the address of the Proxmox API/,
  },
  {
    title: 'a container at the broadcast address',
    edit: inside('  nodes:', '192.0.2.20', '192.0.2.255'),
    field: 'openbao.nodes[0].address',
    line: 'address: 192.0.2.255',
    message: /broadcast address/,
  },
  {
    title: 'a container at the network address',
    edit: inside('  nodes:', '192.0.2.20', '192.0.2.0'),
    field: 'openbao.nodes[0].address',
    line: 'address: 192.0.2.0',
    message: /network address/,
  },
  {
    title: 'a gateway outside the network',
    edit: inside('', 'gateway: 192.0.2.1', 'gateway: 198.51.100.1'),
    field: 'proxmox.gateway',
    line: 'gateway: 198.51.100.1',
    message: /outside proxmox.network/,
  },
  {
    title: 'an address with a prefix length where none belongs',
    edit: inside('', '192.0.2.31', '192.0.2.31/24'),
    field: 'consumers.unpoller.container.address',
    line: '192.0.2.31/24',
    message: /without a prefix length/,
  },
  {
    title: 'two nodes of one name',
    edit: below(
      '      address: 192.0.2.20',
      '    - name: openbao',
      '      vmid: 121',
      '      address: 192.0.2.21',
      '    - name: openbao-3',
      '      vmid: 122',
      '      address: 192.0.2.22',
    ),
    field: 'openbao.nodes[1].name',
    line: '- name: openbao\n      vmid: 121',
    message: /another container has this host name/,
  },
  // Names
  {
    title: 'a consumer named like the identity of terraform apply',
    edit: inside('', agent, '  terraform-apply:'),
    field: 'consumers.terraform-apply',
    line: 'terraform-apply:',
    received: /"terraform-apply"/,
    message: /something that this program or OpenBao itself makes/,
  },
  {
    title: "a consumer named like the operators' login and policy",
    edit: inside('', '  workstation:', '  operator:'),
    field: 'consumers.operator',
    line: '  operator:',
    message: /this program or OpenBao itself makes/,
  },
  {
    title: 'no operator',
    edit: inside('  workstation:', 'kind: operator', 'kind: agent'),
    field: 'consumers',
    line: 'consumers:',
    message: /nobody could log in to write secret values/,
  },
  // Lifetimes
  {
    title: 'a session shorter than STS gives',
    edit: inside('  unifi:', 'ttl: 15m', 'ttl: 10m'),
    field: 'profiles.unifi.ttl',
    line: 'ttl: 10m',
    received: /"10m"/,
    message: /outside what STS gives -> write 15m .* to 1h/,
  },
  {
    title: 'a session longer than a chained role gives',
    edit: inside('  unifi:', 'maxTtl: 1h', 'maxTtl: 3601s'),
    field: 'profiles.unifi.maxTtl',
    line: 'maxTtl: 3601s',
    message: /outside what STS gives/,
  },
  {
    title: 'a session TTL above its own maximum',
    edit: inside('  unifi:', 'ttl: 15m\n    maxTtl: 1h', 'ttl: 30m\n    maxTtl: 20m'),
    field: 'profiles.unifi.ttl',
    line: 'ttl: 30m\n    maxTtl: 20m',
    message: /ttl is longer than maxTtl/,
  },
  {
    title: 'a token TTL above its own maximum',
    edit: inside(agent, 'ttl: 15m', 'ttl: 40m'),
    field: 'consumers.network-agent.token.ttl',
    line: 'ttl: 40m',
    message: /ttl is longer than maxTtl -> write at most maxTtl/,
  },
  {
    title: 'a token for longer than an hour',
    edit: inside(agent, 'maxTtl: 30m', 'maxTtl: 24h'),
    field: 'consumers.network-agent.token.maxTtl',
    line: 'maxTtl: 24h',
    message: /a minute to an hour; a workload logs in again -> write 1m to 1h/,
  },
  {
    title: 'a SecretID that lies about for a day',
    edit: inside(agent, 'secretIdTtl: 10m', 'secretIdTtl: 1d'),
    field: 'consumers.network-agent.secretIdTtl',
    line: 'secretIdTtl: 1d',
    message: /a credential that lies about/,
  },
  {
    title: 'a SecretID that dies before its wrapping',
    edit: inside(agent, 'secretIdTtl: 10m', 'secretIdTtl: 1m'),
    field: 'consumers.network-agent.secretIdTtl',
    line: 'secretIdTtl: 1m',
    message: /shorter than openbao.wrapTtl.max/,
  },
  {
    title: 'a client certificate that dies in a reboot',
    edit: inside('  unpoller:', 'kind: lxc', 'kind: lxc\n    certificateTtl: 59m'),
    field: 'consumers.unpoller.certificateTtl',
    line: 'certificateTtl: 59m',
    message: /outlives a reboot and is renewed by itself -> write 1h to 90d/,
  },
  {
    title: 'a client certificate for a year',
    edit: inside('  unpoller:', 'kind: lxc', 'kind: lxc\n    certificateTtl: 365d'),
    field: 'consumers.unpoller.certificateTtl',
    line: 'certificateTtl: 365d',
    message: /write 1h to 90d/,
  },
  {
    title: 'a client certificate for what lives for one start',
    edit: inside(agent, 'kind: agent', 'kind: agent\n    certificateTtl: 7d'),
    field: 'consumers.network-agent.certificateTtl',
    line: 'certificateTtl: 7d',
    message: /no such field/,
  },
  {
    title: 'wrapping bounds the wrong way round',
    edit: inside('  wrapTtl:', 'min: 30s', 'min: 10m'),
    field: 'openbao.wrapTtl.min',
    line: 'min: 10m',
    message: /min is longer than max/,
  },
  {
    title: 'a wrapping that lasts a day',
    edit: inside('  wrapTtl:', 'max: 5m', 'max: 24h'),
    field: 'openbao.wrapTtl.max',
    line: 'max: 24h',
    message: /write 10s to 1h/,
  },
  {
    title: 'a secret that is never rotated',
    edit: inside('  unifi/tofu:', 'rotateEvery: 90d', 'rotateEvery: 3650d'),
    field: 'secrets["unifi/tofu"].rotateEvery',
    line: 'rotateEvery: 3650d',
    message: /at least once a year/,
  },
  // What the hosts may reach
  {
    title: 'a way out to everything, private networks included',
    edit: inside('  outbound:', '192.0.2.60/32', '0.0.0.0/0'),
    field: 'openbao.outbound[0].to[0]',
    line: 'to: [0.0.0.0/0]',
    message: /nobody in particular -> name its networks, or write `to: public`/,
  },
  {
    title: 'a comment that would end where it stands in a firewall',
    edit: inside('  outbound:', 'comment: Snapshots', `comment: 'a" accept'`),
    field: 'openbao.outbound[0].comment',
    line: 'comment:',
    after: '  outbound:',
    message: /letters, digits, spaces/,
  },
  {
    title: 'metrics for half the internet',
    edit: inside('openbao:', '  outbound:', '  metrics: { from: [192.0.0.0/16] }\n  outbound:'),
    field: 'openbao.metrics.from[0]',
    line: 'metrics:',
    message: /tells nobody apart/,
  },
  // States
  {
    title: 'two profiles that apply to one state',
    edit: inside('  proxmox-plan:', 'access: plan', 'access: apply'),
    field: 'profiles.proxmox-plan.key',
    line: 'key: proxmox/terraform.tfstate',
    after: '  proxmox-plan:',
    message: /profile proxmox applies to the same state/,
  },
  {
    title: 'two locks for one state',
    edit: inside('  proxmox-plan:', 'mode: dynamodb', 'mode: both'),
    field: 'profiles.proxmox-plan.lock',
    line: 'lock:',
    after: '  proxmox-plan:',
    message: /profile proxmox declares another lock for the same state/,
  },
  {
    title: "a state that is another state's lock file",
    edit: all(
      inside('  dns:\n', 'tfstate-dns-', 'tfstate-unifi-'),
      inside('  dns:\n', 'dns/terraform.tfstate', 'unifi/terraform.tfstate.tflock'),
    ),
    field: 'profiles.dns.key',
    line: 'key: unifi/terraform.tfstate.tflock',
    message: /that of a lock file/,
  },
  {
    title: "a state whose lock row is another state's checksum row",
    edit: all(
      inside('  dns:\n', 'tfstate-dns-', 'tfstate-proxmox-'),
      inside('  dns:\n', 'dns/terraform.tfstate', 'proxmox/terraform.tfstate-md5'),
    ),
    field: 'profiles.dns.key',
    line: 'key: proxmox/terraform.tfstate-md5',
    message: /checksum row of profile proxmox/,
  },
  {
    title: 'a bucket that is managed and is not',
    edit: inside('  proxmox-plan:', 'manage: true', 'manage: false'),
    field: 'profiles.proxmox-plan.manage',
    line: 'manage: false',
    received: /the boolean false/,
    message: /profile proxmox says true for the same bucket/,
  },
  {
    title: 'a lock table that is managed and is not',
    edit: inside('  dns:\n', 'manage: true', 'manage: false'),
    field: 'profiles.dns.manage',
    line: 'manage: false',
    after: '  dns:\n',
    message: /for the same lock table/,
  },
  {
    title: "a managed bucket that holds this program's own state",
    edit: inside(
      'state:',
      'backend: local\n  directory: state',
      'backend: s3\n  bucket: tfstate-dns-111122223333\n  prefix: backbone\n  region: us-east-2',
    ),
    field: 'profiles.dns.manage',
    line: 'manage: true',
    after: '  dns:\n',
    message: /has to be there before/,
  },
  {
    title: 'a session policy that STS would refuse',
    edit: all(
      inside('  dns:\n', 'terraform-proxmox-locks-useast2', `locks-${'t'.repeat(249)}`),
      inside('  dns:\n', 'dns/terraform.tfstate', longKey),
    ),
    field: 'profiles.dns.key',
    line: longKey,
    message: /session policy has \d+ characters, and STS takes 2048/,
  },
  {
    title: 'a wildcard in a state key',
    edit: inside('  dns:\n', 'dns/terraform.tfstate', "'dns/*'"),
    field: 'profiles.dns.key',
    line: "key: 'dns/*'",
    message: /no wildcard/,
  },
  // Paths
  {
    title: 'two secrets of one Terraform name',
    edit: inside('', '  unifi/exporter:', '  unifi_tofu:'),
    field: 'secrets.unifi_tofu',
    line: '  unifi_tofu:',
    message: /same Terraform name as unifi\/tofu/,
  },
  {
    title: 'a secret path with the mount in it',
    edit: inside('', '  unifi/exporter:', '  kv/unifi/exporter:'),
    field: 'secrets["kv/unifi/exporter"]',
    line: '  kv/unifi/exporter:',
    message: /begins with the mount .* -> write unifi\/exporter/,
  },
  {
    title: 'a field of a secret twice',
    edit: inside('  unifi/tofu:', '[username, password, api]', '[username, username]'),
    field: 'secrets["unifi/tofu"].fields[1]',
    line: 'fields: [username, username]',
    message: /stands above/,
  },
  // Classes
  {
    title: 'a class that has moved to a side which is off',
    edit: inside('infisical:', 'enabled: true', 'enabled: false'),
    field: 'classes.ai-model-keys',
    line: 'ai-model-keys: dual',
    message: /Infisical, which is not enabled -> write current/,
  },
  {
    title: 'a state of migration that does not exist',
    edit: inside('classes:', 'unifi: dual', 'unifi: done'),
    field: 'classes.unifi',
    line: 'unifi: done',
    message: /write one of current, dual, target/,
  },
  // What OpenBao would refuse as custom metadata
  ...[
    ['that is empty', "''"],
    ['of more than 512 bytes', '\u6f22'.repeat(171)],
    ['with a space that Go does not print', 'local\u00a0admin'],
  ].map(([what = '', written = '']) => ({
    title: `a description ${what}`,
    edit: inside('', 'local admin of the UniFi controller, for tofu-unifi', written),
    field: 'secrets["unifi/tofu"].description',
    line: `description: ${written}`,
    message: /at most 512 bytes/,
  })),
  {
    title: 'names of fields that are too long together',
    edit: inside(
      '',
      'fields: [username, password, api]',
      `fields: [${Array.from({ length: 20 }, (_, index) => `field_${'x'.repeat(20)}_${String(index)}`).join(', ')}]`,
    ),
    field: 'secrets["unifi/tofu"].fields',
    line: 'fields: [field_',
    message: /at most 512 bytes/,
  },
  // Text
  {
    title: 'a Terraform interpolation in a text',
    edit: inside('', 'local admin of', '${var.admin} of'),
    field: 'secrets["unifi/tofu"].description',
    line: '${var.admin}',
    message: /which Terraform would evaluate/,
  },
  {
    title: 'a Terraform template directive in a key',
    edit: inside('', '  unifi/exporter:', "  '%{if true}':"),
    field: 'secrets.(key not shown)',
    line: '%{if true}',
    message: /the key holds "\$\{" or "%\{"/,
  },
  {
    title: 'a line end inside a text',
    edit: inside('', 'owner: network', 'owner: "net\\nwork"'),
    field: 'secrets["unifi/tofu"].owner',
    line: 'owner: "net',
    received: /not shown/,
    message: /a line end or a control character/,
  },
  {
    title: 'a text that shows another order than it has',
    edit: inside('', 'owner: network', 'owner: "net\\u202ework"'),
    field: 'secrets["unifi/tofu"].owner',
    line: 'owner: "net',
    message: /invisible or direction-changing/,
  },
  // The CA
  {
    title: 'a CA certificate that is not there',
    edit: inside('', 'pki/roles-anywhere-ca.pem', 'pki/other.pem'),
    field: 'aws.identity.caCertificate',
    line: 'pki/other.pem',
    message: /cannot be read \(ENOENT\) -> put the public certificate/,
  },
  {
    title: 'runs of a workflow that nobody declared to be anything',
    edit: below('openbao:', workflows('')),
    field: 'openbao.workflows',
    line: 'workflows:',
    message: /lets no run log in -> write plan/,
  },
  {
    title: 'runs by a wildcard',
    edit: below('openbao:', workflows('plan: { environment: "*" }')),
    field: 'openbao.workflows.plan.environment',
    line: 'plan:',
    message: /without a wildcard/,
  },
  {
    title: 'runs that are two identities',
    edit: below('openbao:', workflows('plan: { branch: main }', 'auditor: { branch: main }')),
    field: 'openbao.workflows.auditor',
    line: 'auditor:',
    message: /the same runs would be two identities/,
  },
  {
    title: 'runs with a token of a day',
    edit: below('openbao:', workflows('plan: { branch: main }', 'ttl: 1d')),
    field: 'openbao.workflows.ttl',
    line: 'ttl: 1d',
    message: /a minute to an hour/,
  },
  {
    title: 'a CA of OpenBao that is not there',
    edit: below('openbao:', '  caCertificate: pki/other.pem'),
    field: 'openbao.caCertificate',
    line: 'pki/other.pem',
    message: /cannot be read \(ENOENT\) -> put the public certificate/,
  },
];

describe('a declaration is refused, with file, line, field and a way out, for', () => {
  let directory = '';
  let remove = () => Promise.resolve();
  beforeAll(async () => {
    ({ directory, remove } = await place());
  });
  afterAll(() => remove());

  it.each(cases)('$title', async ({ edit, field, line, after, received, message }) => {
    const text = edit(example);
    const { file, refusals, error } = await load(directory, text);
    const refusal = refusals.find((one) => one.field === field);
    expect(refusal, `refused instead: ${error?.message ?? 'nothing'}`).toBeDefined();
    expect(refusal?.file).toBe(file);
    expect(refusal?.line).toBe(lineOf(text, line, after));
    expect(`${refusal?.problem ?? ''} -> ${refusal?.fix ?? ''}`).toMatch(message);
    if (received !== undefined) expect(refusal?.received).toMatch(received);
    expect(error?.message).toContain(`${file}:${String(refusal?.line)}:`);
  });

  it('nothing but what was changed, where one thing was changed', async () => {
    const { refusals } = await load(
      directory,
      inside(agent, '192.0.2.65/32', '0.0.0.0/0')(example),
    );
    const fields = refusals.map(({ field }) => field);
    // 0.0.0.0/0 also overlaps everybody else: those refusals are as true.
    expect(fields).toContain('consumers.network-agent.from[0]');
    for (const field of fields) expect(field).toMatch(/^consumers\..*(from\[0\]|address)$/);
  });
});
