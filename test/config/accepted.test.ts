import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { all, below, example, inside, load, place, type Edit } from './example.ts';

const agent = '  network-agent:';

/** Each stands beside a refusal, and is not to be refused. */
const cases: readonly (readonly [string, Edit])[] = [
  ['the example as it stands', (text) => text],
  [
    'three nodes on one Proxmox node',
    below(
      '      address: 192.0.2.20',
      '    - name: openbao-2',
      '      vmid: 121',
      '      address: 192.0.2.21',
      '    - name: openbao-3',
      '      vmid: 122',
      '      address: 192.0.2.22',
    ),
  ],
  [
    'neighbouring networks that only touch',
    all(
      inside(agent, '192.0.2.65/32', '192.0.2.64/28'),
      inside('  proxmox-agent:', '192.0.2.66/32', '192.0.2.80/28'),
    ),
  ],
  ['the widest network that a consumer may have', inside(agent, '192.0.2.65/32', '203.0.112.0/24')],
  ['the widest network of IPv6', inside(agent, '192.0.2.65/32', "'2001:db8:7::/64'")],
  ['one loopback address', inside(agent, '192.0.2.65/32', '127.0.2.65/32')],
  [
    'an operator at the address of terraform apply',
    inside('', 'from: [192.0.2.50/32]', 'from: [198.51.100.10/32]'),
  ],
  [
    'a pipeline at the address of terraform plan alone',
    inside('    plan:', '198.51.100.10/32, ', ''),
  ],
  [
    'two plan profiles beside one apply profile',
    below(
      'profiles:',
      '  proxmox-audit:',
      '    bucket: tfstate-proxmox-111122223333',
      '    key: proxmox/terraform.tfstate',
      '    lock: { mode: dynamodb, table: terraform-proxmox-locks-useast2 }',
      '    access: plan',
      '    ttl: 15m',
      '    maxTtl: 15m',
      '    manage: true',
    ),
  ],
  ['one bucket for two states', inside('  dns:\n', 'tfstate-dns-', 'tfstate-unifi-')],
  [
    'one key in two buckets',
    inside('  dns:\n', 'dns/terraform.tfstate', 'unifi/terraform.tfstate'),
  ],
  [
    'a key ending in -md5 that no table joins with another',
    inside('  unifi:', 'unifi/terraform.tfstate', 'unifi/x-md5'),
  ],
  [
    'a secret whose path begins with that of another',
    inside(
      '',
      '  unifi/exporter:',
      '  unifi/tofu/more:\n    fields: [token]\n    rung: 3\n    owner: network\n    rotateEvery: 366d\n  unifi/exporter:',
    ),
  ],
  [
    'a session of 15 minutes to 60',
    inside('  unifi:', 'ttl: 15m\n    maxTtl: 1h', 'ttl: 900s\n    maxTtl: 60m'),
  ],
  ['a token for exactly an hour', inside(agent, 'maxTtl: 30m', 'maxTtl: 1h')],
  [
    'a SecretID that lives as long as its wrapping',
    inside(agent, 'secretIdTtl: 10m', 'secretIdTtl: 5m'),
  ],
  [
    'a certificate for exactly an hour',
    inside('  unpoller:', 'kind: lxc', 'kind: lxc\n    certificateTtl: 1h'),
  ],
  [
    'a certificate for exactly ninety days',
    inside('  unpoller:', 'kind: lxc', 'kind: lxc\n    certificateTtl: 90d'),
  ],
  [
    'an operator at the address of the responder',
    inside('    responder:', '198.51.100.10/32', '198.51.100.11/32'),
  ],
  [
    'a CA of OpenBao that is there',
    below('openbao:', '  caCertificate: pki/roles-anywhere-ca.pem'),
  ],
  ['a container at the last address but one', inside('', '192.0.2.31', '192.0.2.254')],
  [
    'a template over plain HTTP: its checksum is checked',
    inside('', 'http://download', 'http://mirror'),
  ],
  [
    'dollars and percents that Terraform leaves alone',
    inside('', 'local admin of the UniFi controller', '5 $ and 10 % {sic}'),
  ],
  ['letters of other languages', inside('', 'local admin', 'Zugang für Æsir, 管理')],
  [
    'state in S3 outside the profiles',
    inside(
      'state:',
      'backend: local\n  directory: state',
      'backend: s3\n  bucket: tfstate-backbone-111122223333\n  prefix: backbone\n  region: us-east-2',
    ),
  ],
  [
    'a static broker key, which is a finding of the review',
    inside(
      '    # No static',
      'kind: roles-anywhere',
      'kind: broker-key\n    principalArn: arn:aws:iam::111122223333:role/openbao-key',
    ),
  ],
  [
    'single sign-on',
    inside(
      'operatorAuth:',
      'kind: userpass',
      'kind: oidc\n    discoveryUrl: https://id.example.net\n    clientId: Zk3vR9qLx2Wm8TnB5yHc7PdF\n    redirectUris: [http://127.0.0.1:8250/oidc/callback]\n    boundEmails: [operator@example.net]',
    ),
  ],
  ['JSON, which is YAML', (text) => text],
];

describe('a declaration is taken:', () => {
  let directory = '';
  let remove = () => Promise.resolve();
  beforeAll(async () => {
    ({ directory, remove } = await place());
  });
  afterAll(() => remove());

  it.each(cases)('%s', async (title, edit) => {
    let text = edit(example);
    if (title.startsWith('a static broker key')) {
      text = text.replace(/ {4}caCertificate:.*\n {4}commonName:.*\n/, '');
    }
    if (title.startsWith('JSON')) {
      const { parse } = await import('yaml');
      text = JSON.stringify(parse(text));
    }
    const { error, loaded } = await load(directory, text);
    expect(error?.message).toBeUndefined();
    expect(loaded?.declaration.version).toBe(1);
  });

  it('a thousand consumers, and one wrong address among them is found alone', async () => {
    const consumers = Array.from({ length: 1000 }, (_, index) =>
      [
        `  worker-${String(index)}:`,
        '    kind: agent',
        `    from: [10.${String(Math.floor(index / 250))}.${String(index % 250)}.1/32]`,
        '    grants: [{ secret: unifi/exporter }]',
        '    token: { ttl: 15m, maxTtl: 30m }',
        '    secretIdTtl: 10m',
      ].join('\n'),
    );
    const text = below('consumers:', ...consumers)(example);
    expect((await load(directory, text)).error?.message).toBeUndefined();
    const { refusals } = await load(directory, text.replace('[10.3.5.1/32]', '[10.3.6.1/32]'));
    expect(refusals.map(({ field }) => field)).toEqual(['consumers.worker-756.from[0]']);
  }, 60_000);
});
