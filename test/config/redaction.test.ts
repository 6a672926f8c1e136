import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { masking, mayShow, secretKind } from '../../src/config/redact.ts';
import { all, below, example, inside, load, place, type Edit } from './example.ts';

/** Joined at run time, so that this file itself holds nothing that looks like a credential. */
const joined = (...parts: readonly string[]) => parts.join('');

const secrets = {
  'an AWS access key': joined('AKIA', 'IOSFODNN7EXAMPLE'),
  'an AWS session key': joined('ASIA', 'IOSFODNN7EXAMPLE'),
  'an AWS secret key': joined('wJalrXUtnFEMI/K7MDENG', '/bPxRfiCYEXAMPLEKEY'),
  'an OpenBao token': joined('hvs', '.CAESIJ1q2w3e4r5t6y7u8i9o0p'),
  'an old service token': joined('s', '.iyNUhq8Ov4hIAx6snw5mB2nL'),
  'a GitHub token': joined('ghp', '_0123456789abcdefghijABCDEFGHIJ456789'),
  'a fine-grained GitHub token': joined('github', '_pat_11ABCDEFG0abcdefghijkl_mnop'),
  'an API key': joined('sk', '-ant-api03-abcdefghijklmnop'),
  'a JSON web token': joined('eyJhbGciOiJIUzI1NiJ9', '.eyJzdWIiOiJhYmMifQ.', 'c2ln'),
  'a SecretID': '6f1cd0b4-52a1-4e8e-9d5b-0f3f2a1b7c9d',
  'a hexadecimal key': '9f86d081884c7d659a2feaa0c55ad015',
  'a random password': 'Zk3vR9qLx2Wm8TnB5yHc7PdF',
  'a private key': joined('-----BEGIN OPENSSH ', 'PRIVATE KEY-----\nb3BlbnNzaC1rZXk'),
  'an age key': joined('AGE-SECRET', '-KEY-1QQQQQQQQQQQQQQQQQQQQ'),
};

const places: readonly (readonly [string, (value: string) => Edit])[] = [
  ['an owner', (value) => inside('', 'owner: network', `owner: ${value}`)],
  ['a description', (value) => inside('', 'description: local admin', `description: ${value}`)],
  ['a name of a field', (value) => inside('', '[username, password, api]', `[${value}]`)],
  [
    'a value of a field',
    (value) => inside('', '[username, password, api]', `{password: ${value}}`),
  ],
  [
    'an entry with its value',
    (value) => inside('', '[username, password, api]', `[password: ${value}]`),
  ],
  ['an unknown field', (value) => below('    owner: network', `    password: ${value}`)],
  ['a key', (value) => inside('', '  unifi/exporter:', `  ${value}:`)],
  ['a name of a consumer', (value) => inside('', '  network-agent:', `  ${value}:`)],
  ['a duration', (value) => inside('  network-agent:', 'ttl: 15m', `ttl: ${value}`)],
  ['a source', (value) => inside('  network-agent:', '[192.0.2.65/32]', `[${value}]`)],
  ['a grant', (value) => inside('  network-agent:', 'secret: unifi/tofu', `secret: ${value}`)],
  [
    'a public key',
    (value) => inside('sshPublicKeys:', '- ssh-ed25519', `- ${value}\n    - ssh-ed25519`),
  ],
  ['a storage', (value) => inside('', 'datastore: local-lvm', `datastore: ${value}`)],
  ['a state key', (value) => inside('  dns:\n', 'key: dns/terraform.tfstate', `key: ${value}`)],
];

describe('what looks like a secret', () => {
  let directory = '';
  let remove = () => Promise.resolve();
  beforeAll(async () => {
    ({ directory, remove } = await place());
  });
  afterAll(() => remove());

  // Every place with every kind would be two hundred loads: each place meets three kinds, each kind three places.
  const rows = places.flatMap(([where, edit], index) =>
    Object.entries(secrets)
      .filter((_, kind) => [0, 1, 5].includes((index + kind) % places.length))
      .map(([what, secret]) => ({ where, what, secret, edit })),
  );
  it.each(rows)('is refused and never shown: $what as $where', async ({ secret, edit }) => {
    const { error } = await load(directory, edit(JSON.stringify(secret))(example));
    expect(error).toBeDefined();
    const rendered = `${error?.message ?? ''}\n${JSON.stringify(error)}`;
    for (const part of secret.split(/[\s/.]+/).filter((piece) => piece.length > 8)) {
      expect(rendered).not.toContain(part);
    }
  });

  it.each(['hunter2!', 'pass word 1', 'Tr0ub4dor&3', 'correct=horse'])(
    'is not shown where a value stands for the name of a field: %s',
    async (password) => {
      const edit = inside('', '[username, password, api]', JSON.stringify([password]));
      const { error, refusals } = await load(directory, edit(example));
      expect(refusals.map(({ field }) => field)).toContain('secrets["unifi/tofu"].fields[0]');
      expect(error?.message).not.toContain(password);
      expect(error?.message).toContain('backbone secret put');
    },
  );

  it('is not shown by a YAML error on its line', async () => {
    const edit = inside('', 'owner: network', `owner: "${secrets['a random password']}`);
    const { error } = await load(directory, edit(example));
    expect(error?.message).not.toContain(secrets['a random password']);
  });

  it('is not shown by the refusal of another field', async () => {
    const secret = joined('sk', '-abcdefghij0123456789');
    const edit = all(
      inside('', '  network-agent:', `  ${secret}:`),
      inside('  proxmox-agent:', '192.0.2.66/32', '192.0.2.65/32'),
    );
    const { error } = await load(directory, edit(example));
    expect(error?.message).toContain('could pass for the other');
    expect(error?.message).not.toContain(secret);
  });

  it('has a name', () => {
    for (const secret of Object.values(secrets)) expect(secretKind(secret), secret).toBeDefined();
  });
});

describe('what is no secret', () => {
  it.each([
    'tfstate-proxmox-111122223333',
    'terraform-proxmox-locks-useast2',
    'environments/Prod-2026/Cluster01/terraform.tfstate',
    'read-only local account for metrics',
    'arn:aws:iam::111122223333:role/openbao-broker-key',
    'https://login.example.net/6f1cd0b4-52a1-4e8e-9d5b-0f3f2a1b7c9d/v2.0',
    'debian-12-standard_12.12-1_amd64.tar.zst',
    'task-agent-with-a-rather-long-name-here',
    '2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff/128',
    'a-token-service',
  ])('is taken: %s', (text) => {
    expect(secretKind(text)).toBeUndefined();
  });

  it.each(['0.0.0.0/0', '10m', 'unifi/*', '2001:DB8::1/64', 'Network_Agent', 'us-east-2'])(
    'is shown: %s',
    (text) => {
      expect(mayShow(text)).toBe(true);
    },
  );

  it.each(['Tr0ub4dor&3', 'x9k2m4q8z7', 'p@ss', 'a\u0007b', 'word '.repeat(20)])(
    'is not shown, as it could be one: %j',
    (text) => {
      expect(mayShow(text)).toBe(false);
    },
  );
});

describe('masking', () => {
  it('takes words out, the longer ones first, and leaves parts of words', () => {
    const mask = masking(['192.0.2.5', '192.0.2.50', 7, 'a.b', true]);
    expect(mask('192.0.2.50, 192.0.2.5, 192.0.2.55 and aXb, a.b')).toBe(
      '(not shown), (not shown), 192.0.2.55 and aXb, (not shown)',
    );
  });
});
