import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ansibleOrSkip } from './ansible.ts';

const ansible = await ansibleOrSkip('argument specifications of the roles');

const good = {
  openbao_cluster_name: 'test',
  openbao_address: '192.0.2.20',
  openbao_peers: [{ name: 'bao', address: '192.0.2.20' }],
  openbao_first_identity: { policy: 'path "x" {}', from: ['192.0.2.1/32'] },
  openbao_recipients: ['age1example'],
};

/** On the controller, as the roles of services read it. */
async function written(name: string, content: unknown): Promise<string> {
  const file = join(ansible?.directory ?? '', name);
  await writeFile(file, JSON.stringify(content));
  return file;
}

const broker = {
  ...{ consumer_name: 'github-broker', github_broker_address: '192.0.2.70' },
  github_broker_port: 8443,
};

/** A proxy of one upstream, whose configuration is changed. */
async function proxy(changed: object = {}, port = 8443) {
  const listener = { address: { socket_address: { address: '192.0.2.71', port_value: port } } };
  const bootstrap = {
    ...{ node: { id: 'egress-proxy' }, static_resources: { listeners: [listener] } },
    ...changed,
  };
  return {
    ...{ consumer_name: 'egress-proxy', egress_proxy_address: '192.0.2.71' },
    egress_proxy_upstreams: [{ name: 'unifi', port: 8443 }],
    consumer_contract: await written('feed.json', { feed: { upstreams: [{ name: 'unifi' }] } }),
    egress_proxy_configuration: await written('envoy.json', bootstrap),
  };
}

/** Nothing of the role but its checks of the arguments is reached: no task has the tag `nothing`. */
async function refusal(role: string, variables: Readonly<Record<string, unknown>>) {
  if (ansible === undefined) return '';
  const playbook = join(ansible.directory, 'play.yml');
  const play = { hosts: 'bao', gather_facts: false, roles: [{ role }] };
  await writeFile(playbook, JSON.stringify([play]));
  const inventory = join(ansible.directory, 'inventory.json');
  const host = { ansible_connection: 'local', ansible_python_interpreter: '/nonexistent/python' };
  await writeFile(inventory, JSON.stringify({ all: { hosts: { bao: host }, vars: variables } }));
  const { all, exitCode } = await ansible.run('ansible-playbook', [
    ...['--inventory', inventory, '--check', '--tags', 'nothing', playbook],
  ]);
  expect(exitCode).not.toBe(0);
  return all.replace(/\s+/g, ' ');
}

describe.runIf(ansible)('a wrong variable is refused before the host is touched', () => {
  afterAll(() => ansible?.remove());

  it.each([
    ['a missing one', 'openbao', {}, 'missing required arguments: openbao_address'],
    [
      'a value of another type',
      'openbao',
      { ...good, openbao_port: 'https' },
      "argument 'openbao_port' is of type str and we were unable to convert to int",
    ],
    [
      'a value that is none of the choices',
      'openbao',
      { ...good, openbao_tls_signer: 'letsencrypt' },
      'value of openbao_tls_signer must be one of: internal, controller, external, got: letsencrypt',
    ],
    [
      'an unknown key in a list',
      'openbao',
      { ...good, openbao_peers: [{ name: 'bao', adress: '192.0.2.20' }] },
      'missing required arguments: address found in openbao_peers',
    ],
    [
      'a plugin without a checksum',
      'openbao',
      { ...good, openbao_plugins: [{ type: 'secret', name: 'aws', version: 'v1', src: 'x' }] },
      'missing required arguments: sha256 found in openbao_plugins',
    ],
    [
      'two nodes',
      'openbao',
      {
        ...good,
        openbao_peers: [...good.openbao_peers, { name: 'b', address: '192.0.2.21' }],
      },
      'openbao_peers: one node or three',
    ],
    [
      'a version with known faults',
      'openbao',
      { ...good, openbao_version: '2.6.1', openbao_binary_sha256: 'a'.repeat(64) },
      '2.6.1 has known faults, 2.6.2 is the oldest without',
    ],
    [
      'a version without a checksum',
      'openbao',
      { ...good, openbao_version: '2.9.9' },
      'openbao_checksums: none for OpenBao 2.9.9',
    ],
    [
      'one audit device',
      'openbao',
      { ...good, openbao_audit_devices: [{ name: 'a', path: '/var/log/a' }] },
      'openbao_audit_devices: two at least',
    ],
    [
      'no audit device that an incident can be followed in',
      'openbao',
      {
        ...good,
        openbao_audit_devices: [
          { name: 'a', path: '/var/log/a' },
          { name: 'b', path: '/var/log/b' },
        ],
      },
      'openbao_audit_devices: one must be named first',
    ],
    [
      'two audit devices with one file',
      'openbao',
      {
        ...good,
        openbao_audit_devices: [
          { name: 'a', path: '/var/log/a' },
          { name: 'b', path: '/var/log/a' },
        ],
      },
      'openbao_audit_devices: two at least',
    ],
    [
      'more recovery keys needed than made',
      'openbao',
      { ...good, openbao_recovery_threshold: 2 },
      'openbao_recovery_threshold: 2 of 1 recovery recipients',
    ],
    [
      'one recovery key that is enough, of several',
      'openbao',
      {
        ...good,
        openbao_recovery_recipients: ['age1a', 'age1b', 'age1c'],
        openbao_recovery_threshold: 1,
      },
      'openbao_recovery_threshold: 1 of 3 recovery recipients',
    ],
    [
      'a firewall that would lock Ansible out',
      'firewall',
      { firewall_inbound: [{ comment: 'API', port: 8200, source: '192.0.2.1/32' }] },
      'No inbound rule for port 22',
    ],
    [
      'a destination that lacks its host key',
      'openbao_snapshot',
      {
        ...good,
        openbao_snapshot_destination: { kind: 'sftp', directory: 'x', host: 'h', user: 'u' },
      },
      'missing: host_key',
    ],
    ['an identity without its role', 'aws_identity', {}, 'missing required arguments: aws_id'],
    [
      'an identity without the outputs of the stack',
      'aws_identity',
      {
        ...{ aws_identity_region: 'us-east-2', aws_identity_role_arn: 'arn:aws:iam::1:role/x' },
        ...{ aws_identity_helper_sha256: 'a'.repeat(64) },
      },
      'outputs of the stack aws-trust',
    ],
    ['a host that is told nothing of authorities', 'ssh_ca', {}, 'arguments: ssh_ca_public_keys'],
    [
      'an authority that is no public key',
      'ssh_ca',
      { ssh_ca_public_keys: ['-----BEGIN OPENSSH PRIVATE KEY-----'] },
      'needed is what `backbone ssh --authority` prints',
    ],
    ['a consumer without a name', 'consumer', {}, 'missing required arguments: consumer_'],
    [
      'a service that runs nothing',
      'consumer',
      {
        ...{ consumer_name: 'unpoller', consumer_contract: '/nonexistent' },
        consumer_services: [{ name: 'unpoller' }],
      },
      'missing required arguments: command found in consumer_services',
    ],
    [
      'a key pair for nobody',
      'aws_identity',
      {
        ...{ aws_identity_region: 'us-east-2', aws_identity_role_arn: 'arn:aws:iam::1:role/x' },
        aws_identity_kind: 'broker-key',
      },
      'aws_identity_principal_arn: the ARN of a role',
    ],
  ])('%s', async (_, role, variables, message) => {
    expect(await refusal(role, variables)).toContain(message);
  });

  it.each([
    ['a broker without its place', 'github_broker', {}, 'missing required arguments: consumer_'],
    [
      'a port that is none',
      'github_broker',
      { ...broker, consumer_contract: '/nonexistent', github_broker_port: 'https' },
      'unable to convert to int',
    ],
    [
      'an upstream without its port',
      'egress_proxy',
      {
        ...{ consumer_name: 'x', consumer_contract: '/x', egress_proxy_address: '192.0.2.71' },
        egress_proxy_upstreams: [{ name: 'unifi' }],
      },
      'missing required arguments: port found in egress_proxy_upstreams',
    ],
  ])('%s', async (_, role, variables, message) => {
    expect(await refusal(role, variables)).toContain(message);
  });

  it('the contract of a consumer that is not the broker, and one of another place', async () => {
    const contract = (githubBroker?: object) => written('broker.json', { githubBroker });
    expect(
      await refusal('github_broker', { ...broker, consumer_contract: await contract() }),
    ).toContain('github-broker is not the broker');
    const elsewhere = await contract({ address: '192.0.2.99', port: 8443 });
    expect(await refusal('github_broker', { ...broker, consumer_contract: elsewhere })).toContain(
      'the contract is of another place',
    );
  });

  it('an Envoy that is another proxy, or does more than inject', async () => {
    const said = async (...changed: Parameters<typeof proxy>) =>
      refusal('egress_proxy', await proxy(...changed));
    expect(await said({ admin: {} })).toContain('it has an admin interface');
    expect(await said({ node: { id: 'other' } })).toContain('it is of other, not of egress-proxy');
    expect(await said({}, 9901)).toContain('it listens on 192.0.2.71 9901');
    const unknown = { ...(await proxy()), egress_proxy_envoy_version: '1.41.0' };
    expect(await refusal('egress_proxy', unknown)).toContain('none for Envoy 1.41.0');
    // As it should be, the first task on the host is reached, and fails for want of Python there.
    expect(await refusal('egress_proxy', await proxy())).toContain(
      '/nonexistent/python: not found',
    );
  });
});
