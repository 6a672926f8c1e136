import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { below, example, inside, load, place, type Edit } from './example.ts';

let directory = '';
let remove = () => Promise.resolve();
beforeAll(async () => {
  ({ directory, remove } = await place());
});
afterAll(() => remove());

const tofu = '  unifi/tofu:';
const key = '  unifi/tofu-key:';
const exporter = '  unifi/exporter:';
const rotator = '  unifi-rotation:';

describe('an account of a UniFi controller is refused where', () => {
  it.each<[string, Edit, string, RegExp]>([
    [
      'the secret has no field for it',
      inside(tofu, 'account: password', 'account: api-key'),
      'secrets["unifi/tofu"].unifi.account',
      /no field api_key -> add it to fields/,
    ],
    [
      'a classic controller would have to make keys',
      inside(key, 'kind: os', 'kind: classic'),
      'secrets["unifi/tofu-key"].unifi.account',
      /a classic controller makes no API keys -> write password/,
    ],
    [
      'nobody signs in to make a key',
      inside(key, '      login: unifi/tofu\n', ''),
      'secrets["unifi/tofu-key"].unifi.login',
      /holds no password -> name the secret/,
    ],
    [
      'the sign-in is not declared',
      inside(exporter, 'login: unifi/rotation', 'login: unifi/rotations'),
      'secrets["unifi/exporter"].unifi.login',
      /no such secret is declared/,
    ],
    [
      'the sign-in holds no password',
      inside(exporter, 'login: unifi/rotation', 'login: unifi/tofu-key'),
      'secrets["unifi/exporter"].unifi.login',
      /has not the fields username and password/,
    ],
    [
      'the key would be made by another admin',
      inside(key, 'login: unifi/tofu', 'login: unifi/rotation'),
      'secrets["unifi/tofu-key"].unifi.login',
      /a key is made by its own admin/,
    ],
    [
      'the sign-in is one of another controller',
      inside(key, 'https://192.0.2.5', 'https://192.0.2.6'),
      'secrets["unifi/tofu-key"].unifi.login',
      /an account of another controller/,
    ],
    [
      'two secrets hold one password',
      inside(exporter, 'admin: unpoller', 'admin: tofu'),
      'secrets["unifi/exporter"].unifi.admin',
      /unifi\/tofu holds the password of the same admin/,
    ],
    [
      'the URL holds a path',
      inside(tofu, 'https://192.0.2.5', 'https://192.0.2.5/proxy/network'),
      'secrets["unifi/tofu"].unifi.controller',
      /more than a host and a port/,
    ],
    [
      'it is not https',
      inside(tofu, 'https://192.0.2.5', 'http://192.0.2.5'),
      'secrets["unifi/tofu"].unifi.controller',
      /https/,
    ],
    [
      'a fingerprint has another form',
      below('      admin: tofu', `      certificateSha256: '${'AB:'.repeat(31)}AB'`),
      'secrets["unifi/tofu"].unifi.certificateSha256',
      /64 hexadecimal digits/,
    ],
    [
      'another secret lies where the next value is kept',
      inside(
        '',
        `${tofu}\n`,
        `  unifi/tofu/pending:\n    fields: [a]\n    rung: 2\n    owner: x\n    rotateEvery: 1d\n${tofu}\n`,
      ),
      'secrets["unifi/tofu/pending"]',
      /a rotation keeps the next value/,
    ],
    [
      'whoever rotates may read something else, too',
      inside(rotator, '      - rotate: unifi/tofu\n', '      - secret: unifi/tofu\n'),
      'consumers.unifi-rotation.grants[0].secret',
      /does nothing else -> declare a consumer of its own/,
    ],
    [
      'nothing is declared that could be rotated',
      inside(rotator, 'rotate: unifi/tofu\n', 'rotate: unifi/tof\n'),
      'consumers.unifi-rotation.grants[0].rotate',
      /no such secret is declared -> write unifi\/tofu/,
    ],
    [
      'the secret says of no system how it is rotated',
      inside(
        tofu,
        '    unifi:\n      controller: https://192.0.2.5\n      kind: os\n      account: password\n      admin: tofu\n',
        '',
      ),
      'consumers.unifi-rotation.grants[0].rotate',
      /says of no system how it is rotated/,
    ],
  ])('%s', async (_, edit, field, message) => {
    const { refusals, error } = await load(directory, edit(example));
    const refusal = refusals.find((one) => one.field === field);
    expect(refusal, `refused instead: ${error?.message ?? 'nothing'}`).toBeDefined();
    expect(`${refusal?.problem ?? ''} -> ${refusal?.fix ?? ''}`).toMatch(message);
  });
});

it('takes the fingerprint of a certificate, which is no secret, and no key in its place', async () => {
  const pinned = (value: string) => below('      admin: tofu', `      certificateSha256: ${value}`);
  const { error } = await load(directory, pinned('0b'.repeat(32))(example));
  expect(error?.message).toBeUndefined();
  const elsewhere = below('      admin: tofu', `      site: ${'0b'.repeat(16)}`)(example);
  const { refusals } = await load(directory, elsewhere);
  expect(refusals[0]?.problem).toContain('looks like a key');
});
