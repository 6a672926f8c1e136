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
      'openbao_recovery_threshold: 1 to 1',
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
});
