import { array, assert, constantFrom, property, string, tuple } from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { withBlocks, withoutBlocks } from '../../../src/client/aws-config/sections.ts';

// A loaded machine is slow, and that is no finding.
vi.setConfig({ testTimeout: 120_000 });

const block = {
  profile: 'tf-proxmox',
  credentialProcess: '/usr/bin/node /opt/backbone-client.cjs creds aws tf-proxmox',
  region: 'us-east-2',
};
const other = { ...block, profile: 'tf-dns', region: 'eu-west-1' };
const written = `[profile tf-proxmox]
# written by credential-backbone
credential_process = /usr/bin/node /opt/backbone-client.cjs creds aws tf-proxmox
region = us-east-2
`;
const theirs = `# mine, do not touch
[default]
region = eu-central-1
s3 =
  addressing_style = path

[profile tf-proxmox-old]
role_arn = arn:aws:iam::1:role/x
`;

describe('the sections', () => {
  it('are put behind what is there, which stays as it is', () => {
    expect(withBlocks('', [block])).toBe(written);
    expect(withBlocks(theirs, [block])).toBe(`${theirs}\n${written}`);
    expect(withBlocks(theirs.trimEnd(), [block])).toBe(`${theirs}\n${written}`);
  });

  it('are changed in their place, and what somebody added to them stays', () => {
    const added = `${written}output = json\n# why\n\n${theirs}`;
    const changed = withBlocks(added, [{ ...block, region: 'us-west-1' }]);
    expect(changed).toBe(added.replace('us-east-2', 'us-west-1'));
    expect(withoutBlocks(added, ['tf-proxmox'])).toBe(
      `[profile tf-proxmox]\noutput = json\n# why\n\n${theirs}`,
    );
  });

  it('keep the line ends of the file', () => {
    const windows = theirs.replaceAll('\n', '\r\n');
    const changed = withBlocks(windows, [block]);
    expect(changed).toBe(`${theirs}\n${written}`.replaceAll('\n', '\r\n'));
    expect(withBlocks(changed, [block])).toBe(changed);
    expect(withoutBlocks(changed, ['tf-proxmox'])).toBe(windows);
  });

  it.each([
    '[profile tf-proxmox]\nregion = x\n',
    '[ profile  tf-proxmox ]\n',
    '[profile "tf-proxmox"]\n',
    "[profile 'tf-proxmox'] # mine\nregion = x",
    `${written}[profile tf-proxmox]\n`,
  ])('are refused, and not removed, where %j is not ours', (text) => {
    expect(() => withBlocks(text, [block])).toThrow(/line/);
    expect(() => withoutBlocks(text, ['tf-proxmox'])).toThrow(/line/);
  });

  it('are not taken for ones of a longer or shorter name', () => {
    const near =
      '[profile tf-proxmo]\n[profile tf-proxmox2]\n[tf-proxmox]\n#[profile tf-proxmox]\n';
    expect(withBlocks(near, [block])).toBe(`${near}\n${written}`);
    expect(withoutBlocks(near, ['tf-proxmox'])).toBe(near);
  });

  it('come and go without a trace in any file, and come twice as once', () => {
    const line = constantFrom(
      '[default]',
      'region = x',
      '  nested = y',
      '# comment',
      '',
      '[profile a]',
    );
    const texts = array(line).map((lines) => lines.map((one) => `${one}\n`).join(''));
    assert(
      property(tuple(texts, constantFrom([block], [block, other])), ([text, blocks]) => {
        const once = withBlocks(text, blocks);
        expect(withBlocks(once, blocks)).toBe(once);
        expect(once.startsWith(text)).toBe(true);
        expect(withoutBlocks(once, ['tf-proxmox', 'tf-dns'])).toBe(text);
      }),
    );
  });

  it('never lose a byte of a hostile file', () => {
    assert(
      property(string({ unit: 'binary' }), (text) => {
        expect(withBlocks(text, [block]).startsWith(text)).toBe(true);
      }),
    );
  });
});
