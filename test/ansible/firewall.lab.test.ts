import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { execa } from 'execa';
import { ansibleDirectory, ansibleOrSkip } from './ansible.ts';

/** Whether rules can be loaded in a network of their own. */
const can = !(await execa('unshare', ['--net', 'nft', 'list', 'ruleset'], { reject: false }))
  .failed;
if (!can)
  process.stderr.write('SKIPPED: the rules in force: no root, or no nft, on this machine\n');
const ansible = can ? await ansibleOrSkip('the rules in force') : undefined;

const variables = {
  ansible_python_interpreter: '/usr/bin/python3',
  firewall_inbound: [
    { comment: 'OpenBao API', port: 8200, source: '192.0.2.0/24' },
    { comment: 'OpenBao API', port: 8200, source: '2001:db8::/64' },
    { comment: 'SSH from an operator', port: 22, source: '203.0.113.7/32' },
  ],
  firewall_dns: ['192.0.2.1'],
  firewall_outbound: [
    { comment: 'AWS STS', port: 443, to: ['public'], user: 'nobody' },
    { comment: 'Snapshots', port: 22, to: ['192.0.2.60/32'], user: 'root' },
  ],
};

describe.runIf(ansible)('the role firewall', () => {
  const path = (name: string) => join(ansible?.directory ?? '', name);
  const play = async (file: string, tasks: readonly object[], through: readonly string[] = []) => {
    if (ansible === undefined) throw new Error('skipped');
    const all = [{ hosts: 'localhost', gather_facts: false, vars: variables, tasks }];
    await writeFile(path(file), JSON.stringify(all));
    // Beside the playbook there are no roles.
    const env = { ANSIBLE_ROLES_PATH: join(ansibleDirectory, 'roles') };
    return ansible.run('ansible-playbook', ['--connection', 'local', path(file)], { through, env });
  };
  const include = (more: object) => ({
    'ansible.builtin.include_role': { name: 'firewall', ...more },
  });

  /** What the role says of a host with its rules, on which somebody then was. */
  const verify = (change: string) => {
    const script = `nft --file "$1" && ${change} && shift && exec "$@"`;
    const through = ['unshare', '--net', 'sh', '-ec', script, 'sh', path('nftables.conf')];
    return play('verify.yml', [include({ tasks_from: 'verify' })], through);
  };

  beforeAll(async () => {
    const role = join(ansibleDirectory, 'roles/firewall');
    const src = join(role, 'templates/nftables.conf.j2');
    const made = await play('render.yml', [
      { 'ansible.builtin.include_vars': join(role, 'vars/main.yml') },
      { 'ansible.builtin.template': { src, dest: path('nftables.conf') } },
    ]);
    expect(made.exitCode, made.all).toBe(0);
    return () => ansible?.remove();
  });

  it('takes its own rules', async () => {
    const { exitCode, all } = await verify('true');
    expect(exitCode, all).toBe(0);
  });

  const edit = (from: string, to: string) => `sed 's|${from}|${to}|' "$1" | nft --file -`;

  it.each([
    ['a way in more', 'nft add rule inet backbone input ip saddr 192.0.3.9 accept', '192.0.3.9'],
    ['a wider source', edit('192.0.2.0/24', '192.0.0.0/16'), '192.0.0.0/16'],
    ['another port', edit('dport 8200', 'dport 8201'), 'tcp dport 8201'],
    ['a way out more', 'nft insert rule inet backbone output accept', 'declared: accept.'],
    ['a way out for another user', edit('skuid root', 'skuid daemon'), 'meta skuid 1 '],
    ['a way out to another place', edit('192.0.2.60/32', '192.0.2.61/32'), '192.0.2.61'],
    [
      'a policy that lets out',
      edit('output priority filter; policy drop', 'output priority filter; policy accept'),
      'policy accept',
    ],
    [
      'a rule less',
      edit('.*out: Snapshots.*', ''),
      'not declared: none. Declared and not in force: meta skuid 0 ',
    ],
  ])('refuses %s, and names it', async (_, change, named) => {
    const { exitCode, all } = await verify(change);
    expect(exitCode).not.toBe(0);
    const said = all.replace(/\s+/g, ' ');
    expect(said).toContain('The rules in force are not the declared ones.');
    expect(said).toContain(named);
  });
});
