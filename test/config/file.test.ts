import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readFile, symlink, truncate, writeFile } from 'node:fs/promises';
import { getuid } from 'node:process';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCa, issue } from '../../lab/pki.ts';
import { declarationFile } from '../../src/config/load.ts';
import { UserError } from '../../src/user-error.ts';
import { attempt, below, example, inside, lineOf, load, place } from './example.ts';

let directory = '';
let remove = () => Promise.resolve();
beforeEach(async () => {
  ({ directory, remove } = await place());
});
afterEach(() => remove());

const file = () => join(directory, 'backbone.yaml');

describe('which declaration is read', () => {
  it('is the one that BACKBONE_FILE names', () => {
    expect(declarationFile({ BACKBONE_FILE: '/etc/backbone.yaml' })).toBe('/etc/backbone.yaml');
    expect(declarationFile({ BACKBONE_FILE: 'lab/b.yaml' }, '/work')).toBe(
      resolve('/work/lab/b.yaml'),
    );
  });

  it('is backbone.yaml in the working directory where nothing is named', () => {
    expect(declarationFile({}, '/work')).toBe(resolve('/work/backbone.yaml'));
    expect(declarationFile({ BACKBONE_FILE: '' }, '/work')).toBe(resolve('/work/backbone.yaml'));
  });
});

describe('a declaration is read', () => {
  it('with absolute file, directory and CA certificate', async () => {
    const { loaded } = await load(directory, example);
    expect(loaded).toMatchObject({ file: file(), directory });
    expect(loaded?.caCertificate).toMatch(
      /^-----BEGIN CERTIFICATE-----\n[^]*-----END CERTIFICATE-----\n$/,
    );
  });

  it('through a link, with paths relative to where the link stands', async () => {
    await mkdir(join(directory, 'elsewhere'));
    await writeFile(join(directory, 'elsewhere', 'real.yaml'), example);
    await symlink(join('elsewhere', 'real.yaml'), file());
    const { loaded } = await attempt(file());
    expect(loaded).toMatchObject({ file: file(), directory });
  });

  it('with a byte order mark', async () => {
    const { loaded } = await load(directory, `\ufeff${example}`);
    expect(loaded?.declaration.version).toBe(1);
  });

  it('with the line ends of Windows, and the same lines', async () => {
    const windows = (text: string) => text.replaceAll('\n', '\r\n');
    const { loaded } = await load(directory, windows(example));
    expect(loaded?.declaration.version).toBe(1);
    const bad = inside('', 'vmid: 120', 'vmid: 99')(example);
    const unix = await load(directory, bad);
    const { refusals } = await load(directory, windows(bad));
    expect(refusals).toEqual(unix.refusals);
  });

  it('the same, whatever order its maps have', async () => {
    const moved = inside(
      'version: 1\n',
      'state:\n  backend: local\n  directory: state\n',
      '',
    )(example);
    const { loaded } = await load(
      directory,
      `${moved}\nstate:\n  directory: state\n  backend: local\n`,
    );
    const { loaded: plain } = await load(directory, example);
    expect(loaded?.declaration).toEqual(plain?.declaration);
  });
});

describe('a file is refused that', () => {
  const problem = async (name: string) => (await attempt(name)).refusals.map((one) => one.problem);

  it('does not exist', async () => {
    const { error } = await attempt(file());
    expect(error).toBeInstanceOf(UserError);
    expect(error?.message).toBe(
      `${file()}:1:1: there is no such file -> write one, or name another with BACKBONE_FILE`,
    );
  });

  it('is a link to nothing', async () => {
    await symlink('nowhere.yaml', file());
    expect(await problem(file())).toEqual(['the file is a link that leads to nothing']);
  });

  it('is a link to itself', async () => {
    await symlink('backbone.yaml', file());
    expect(await problem(file())).toEqual(['the file is a link that leads to itself']);
  });

  it('is a directory', async () => {
    expect(await problem(directory)).toEqual(['this is a directory']);
  });

  it('lies below a file', async () => {
    await writeFile(file(), example);
    expect(await problem(join(file(), 'more.yaml'))).toEqual([
      'a part of its path is not a directory',
    ]);
  });

  it('is a named pipe, without waiting for a writer', async () => {
    execFileSync('mkfifo', [file()]);
    expect(await problem(file())).toEqual(['this is not a plain file']);
  });

  it('is a link that leads back to itself', async () => {
    await symlink(file(), file());
    expect(await problem(file())).toHaveLength(1);
  });

  it.skipIf(getuid?.() === 0)('may not be read', async () => {
    await writeFile(file(), example);
    await chmod(file(), 0o000);
    expect(await problem(file())).toEqual(['you may not read this file']);
  });

  it('is far too large, without reading it', async () => {
    await writeFile(file(), '');
    await truncate(file(), 1024 ** 4);
    const [found] = await problem(file());
    expect(found).toMatch(/more than 4194304/);
  });

  it.each([
    ['is empty', '', /the file is empty/],
    ['holds comments alone', '# nothing yet\n', /the file is empty/],
    ['holds a list', '- version: 1\n', /no map of fields/],
    ['holds a word', 'backbone\n', /no map of fields/],
    ['holds NUL bytes', 'version: 1\0\n', /NUL bytes/],
    ['is UTF-16', Buffer.from(`\ufeff${example}`, 'utf16le'), /UTF-16/],
    ['is not UTF-8', Buffer.from([0x76, 0xc3, 0x28]), /not UTF-8/],
    ['is cut off inside a quoted text', example.slice(0, example.indexOf("'0123") + 9), /missing/],
    ['holds two documents', `${example}---\n${example}`, /second YAML document/],
    ['is indented with a tab', 'version: 1\nstate:\n\tbackend: local\n', /tab|indentation/],
  ] as const)('%s', async (_, content, expected) => {
    const { refusals } = await load(directory, content);
    expect(refusals.map((one) => one.problem).join('\n')).toMatch(expected);
  });

  it.each(Array.from({ length: 12 }, (_, index) => index / 12))(
    'is cut off after %f of its length, and never a part of it is taken',
    async (share) => {
      const { loaded } = await load(
        directory,
        example.slice(0, Math.floor(example.length * share)),
      );
      expect(loaded).toBeUndefined();
    },
  );
});

describe('YAML that a reader could take for something else is refused:', () => {
  it.each([
    [
      'a key twice',
      inside('', 'pool: credential-backbone', 'pool: a1\n  pool: b2'),
      'proxmox.pool',
      /stands twice, first in line \d+/,
    ],
    ['an anchor', inside('', 'node: pve1', 'node: &n pve1'), 'proxmox.node', /YAML anchor/],
    [
      'an alias',
      inside('', 'node: pve1\n  pool: credential-backbone', 'node: &n pve1\n  pool: *n'),
      'proxmox.pool',
      /YAML alias/,
    ],
    [
      'a merge key',
      inside('', 'node: pve1', 'node: pve1\n  <<: {pool: x}'),
      'proxmox["<<"]',
      /not a key/,
    ],
    ['a tag', inside('', 'node: pve1', 'node: !!str pve1'), 'proxmox.node', /YAML tag/],
    ['a tag of its own', inside('', 'node: pve1', 'node: !env NODE'), 'proxmox.node', /YAML tag/],
    [
      'a list as a key',
      inside('', 'node: pve1', 'node: pve1\n  ? [a, b]\n  : c'),
      'proxmox',
      /a key that is a list/,
    ],
    [
      'the key of a prototype',
      inside('', 'node: pve1', 'node: pve1\n  __proto__: {x: y}'),
      'proxmox.__proto__',
      /not a key/,
    ],
  ] as const)('%s', async (_, edit, field, expected) => {
    const { refusals } = await load(directory, edit(example));
    const refusal = refusals.find(({ problem }) => expected.test(problem));
    expect(refusal?.field).toBe(field);
  });

  it('aliases that grow without end', async () => {
    const bomb = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
    for (let index = 1; index < 9; index += 1) {
      const nine = Array(9)
        .fill(`*a${String(index - 1)}`)
        .join(', ');
      bomb.push(`a${String(index)}: &a${String(index)} [${nine}]`);
    }
    const { refusals } = await load(directory, bomb.join('\n'));
    expect(refusals.map(({ problem }) => problem)).toContain('a YAML alias');
  });

  it('lists nested ten thousand deep', async () => {
    const text = `x: ${'['.repeat(10_000)}${']'.repeat(10_000)}\n`;
    expect((await load(directory, text)).refusals).not.toEqual([]);
  });
});

describe('the CA certificate is refused that', () => {
  const pem = () => join(directory, 'pki', 'roles-anywhere-ca.pem');
  const label = (what: string) => `-----BEGIN ${what}-----\nAAAA\n-----END ${what}-----\n`;

  it.each([
    ['is no PEM', 'hello', /0 PEM certificates/],
    ['is damaged', label('CERTIFICATE'), /damaged/],
    ['comes with its private key', label('EC PRIVATE KEY'), /holds a private key/],
  ])('%s', async (_, content, expected) => {
    await writeFile(pem(), content);
    const { refusals } = await load(directory, example);
    expect(refusals).toHaveLength(1);
    expect(refusals[0]?.field).toBe('aws.identity.caCertificate');
    expect(refusals[0]?.problem).toMatch(expected);
  });

  it('is two', async () => {
    const one = await readFile(pem(), 'utf8');
    await writeFile(pem(), one + one);
    const { refusals } = await load(directory, example);
    expect(refusals[0]?.problem).toMatch(/2 PEM certificates/);
  });
});

describe('the CA of OpenBao', () => {
  const file = () => join(directory, 'server-ca.pem');
  const declaring = below('openbao:', '  caCertificate: server-ca.pem')(example);
  const label = (what: string) => `-----BEGIN ${what}-----\nAAAA\n-----END ${what}-----\n`;

  it.each([
    ['is no PEM', () => 'hello', /0 PEM certificates/],
    ['is damaged', () => label('CERTIFICATE'), /damaged/],
    ['comes with its private key', () => label('EC PRIVATE KEY'), /holds a private key/],
    [
      'is the certificate of the server itself',
      async () => {
        const ca = await createCa('CA of the test');
        return (await issue(ca, { commonName: 'openbao' })).certificate;
      },
      /not one of a CA/,
    ],
    [
      'is a CA beside the certificate of the server',
      async () => {
        const ca = await createCa('CA of the test');
        return ca.certificate + (await issue(ca, { commonName: 'openbao' })).certificate;
      },
      /not one of a CA/,
    ],
  ])('is refused where it %s', async (_, content, expected) => {
    await writeFile(file(), await content());
    const { refusals } = await load(directory, declaring);
    expect(refusals).toHaveLength(1);
    expect(refusals[0]).toMatchObject({ field: 'openbao.caCertificate' });
    expect(refusals[0]?.line).toBe(lineOf(declaring, 'server-ca.pem'));
    expect(refusals[0]?.problem).toMatch(expected);
  });

  it('is taken, the next one beside it, and what stands around them is left out', async () => {
    const [old, next] = await Promise.all([createCa('Old CA'), createCa('Next CA')]);
    const both = `${old.certificate.trim()}\n${next.certificate.trim()}\n`;
    await writeFile(file(), `subject=Old CA\n${both}`);
    expect((await load(directory, declaring)).loaded?.serverCa).toBe(both);
  });

  it('is none where none is declared', async () => {
    expect((await load(directory, example)).loaded?.serverCa).toBeUndefined();
  });
});
