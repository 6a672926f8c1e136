import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { below, example, inside, load, place, type Edit } from './example.ts';

const ssh = '  ssh:\n    roles:';

const refused: readonly (readonly [string, Edit, string, RegExp])[] = [
  [
    'certificates that outlive a working day',
    inside(ssh, 'ttl: 5m', 'ttl: 13h'),
    'engines.ssh.roles.ansible.ttl',
    /cannot be taken back.* -> write 1m to 12h/,
  ],
  [
    'a principal that is a pattern',
    inside(ssh, '[ansible]', "['*']"),
    'engines.ssh.roles.ansible.principals[0]',
    /no wildcard/,
  ],
  [
    'two principals in one',
    inside(ssh, '[ansible]', "['ansible,root']"),
    'engines.ssh.roles.ansible.principals[0]',
    /one name/,
  ],
  [
    'root itself as a principal',
    inside(ssh, '[ansible]', '[root]'),
    'engines.ssh.roles.ansible.principals[0]',
    /name the work/,
  ],
  [
    'a wildcard of domains',
    inside('  pki:', 'unpoller.example.net', "'*.example.net'"),
    'engines.pki.roles.metrics.domains[0]',
    /no wildcard/,
  ],
  [
    'a grant to no role of SSH',
    inside('  proxmox-agent:', 'ssh: ansible', 'ssh: ansibel'),
    'consumers.proxmox-agent.grants[2].ssh',
    /no such SSH role is declared -> write ansible/,
  ],
  [
    'a grant to a database that is none',
    inside('  proxmox-agent:', 'ssh: ansible', 'database: inventory/reader'),
    'consumers.proxmox-agent.grants[2].database',
    /no such role of a database/,
  ],
  [
    'users of a database that outlive the token that they belong to',
    below(
      'engines:',
      '  databases:\n    inventory: { host: db.example.net, database: inventory, username: backbone, roles: { reader: { memberOf: reader, ttl: 2h, maxTtl: 3h } } }',
    ),
    'engines.databases.inventory.roles.reader.ttl',
    /a minute to an hour/,
  ],
  [
    'SQL where the name of a role belongs',
    below(
      'engines:',
      '  databases:\n    inventory: { host: db.example.net, database: inventory, username: backbone, roles: { reader: { memberOf: "reader; DROP TABLE x", ttl: 10m, maxTtl: 30m } } }',
    ),
    'engines.databases.inventory.roles.reader.memberOf',
    /a name of PostgreSQL/,
  ],
];

let directory: string;
let remove: () => Promise<void>;
beforeAll(async () => {
  ({ directory, remove } = await place());
});
afterAll(() => remove());

describe('the section engines', () => {
  it.each(refused)('is refused for %s', async (_, edit, field, message) => {
    const { refusals, error } = await load(directory, edit(example));
    const refusal = refusals.find((one) => one.field === field);
    expect(refusal, `refused instead: ${error?.message ?? 'nothing'}`).toBeDefined();
    expect(`${refusal?.problem ?? ''} -> ${refusal?.fix ?? ''}`).toMatch(message);
  });

  it('makes no stack where it is not there', async () => {
    const grants = /^ {6}- (ssh|certificate): .*\n/gm;
    const without = example.replace(/^engines:\n(^ .*\n)+/m, '').replaceAll(grants, '');
    const { loaded, error } = await load(directory, without);
    expect(error?.message).toBeUndefined();
    expect(loaded?.declaration.engines).toEqual({ databases: {} });
  });
});
