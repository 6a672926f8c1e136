import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

export const archive = 'openbao_2.7.2_linux_amd64.tar.gz';
type File = typeof archive | 'checksums.txt' | 'checksums.txt.gpgsig';

/**
 * A double of OpenBao's release page: an archive with a file `bao`, the checksums of the release and the
 * detached signature over those, by a key of this test alone.
 */
export interface ReleaseSite {
  readonly url: string;
  /** ASCII file and fingerprint of the key that signs, and of another one. */
  readonly key: Key;
  readonly otherKey: Key;
  /** SHA-256 of the file `bao`. */
  readonly sha256: string;
  /** Serves something else under that name from now on. */
  replace(file: File, content: Buffer): void;
  content(file: File): Buffer;
  /** A detached signature. */
  sign(content: Buffer, by: Key): Promise<Buffer>;
  close(): Promise<void>;
}

export interface Key {
  readonly file: string;
  readonly fingerprint: string;
}

export async function openReleaseSite(): Promise<ReleaseSite> {
  const directory = await mkdtemp(join(tmpdir(), 'release-'));
  const home = join(directory, 'gnupg');
  await mkdir(home, { mode: 0o700 });
  const gpg = (args: readonly string[], input: Buffer | string = '') =>
    execa('gpg', ['--homedir', home, '--batch', '--quiet', ...args], {
      ...{ input, encoding: 'buffer', stderr: 'pipe' },
      // One signature in sixteen ends with the byte of a newline.
      stripFinalNewline: false,
    });
  const newKey = async (name: string): Promise<Key> => {
    const made = ['--passphrase', '', '--quick-generate-key', `${name}@example.net`];
    await gpg([...made, 'ed25519', 'sign', 'never']);
    const listed = await gpg(['--with-colons', '--list-keys', `${name}@example.net`]);
    const fingerprint = /^fpr:+([0-9A-F]{40}):$/m.exec(Buffer.from(listed.stdout).toString())?.[1];
    const file = join(directory, `${name}.asc`);
    const exported = await gpg(['--armor', '--export', `${name}@example.net`]);
    await writeFile(file, exported.stdout);
    return { file, fingerprint: fingerprint ?? '' };
  };
  const sign = async (content: Buffer, by: Key) => {
    const signed = await gpg(['--local-user', by.fingerprint, '--detach-sign'], content);
    return Buffer.from(signed.stdout);
  };

  const key = await newKey('release');
  const otherKey = await newKey('other');
  const program = Buffer.from('#!/bin/sh\necho a stand-in for the program\n');
  await writeFile(join(directory, 'bao'), program);
  await execa('tar', ['--create', '--gzip', '--file', archive, 'bao'], { cwd: directory });
  const packed = await readFile(join(directory, archive));
  const checksums = Buffer.from(
    `${'0'.repeat(64)}  openbao_2.7.2_linux_arm64.tar.gz\n${digest(packed)}  ${archive}\n`,
  );
  const files = new Map<string, Buffer>([
    [archive, packed],
    ['checksums.txt', checksums],
    ['checksums.txt.gpgsig', await sign(checksums, key)],
  ]);

  const server = createServer((request, response) => {
    const content = files.get((request.url ?? '').replace(/^\//, ''));
    response.writeHead(content === undefined ? 404 : 200).end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${String(port)}`,
    ...{ key, otherKey, sign, sha256: digest(program) },
    replace: (file, content) => files.set(file, content),
    content: (file) => files.get(file) ?? Buffer.alloc(0),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await execa('gpgconf', ['--homedir', home, '--kill', 'all'], { reject: false });
      await rm(directory, { recursive: true, force: true });
    },
  };
}

export function digest(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
