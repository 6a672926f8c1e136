import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { onPath } from '../../src/terraform/binary.ts';
import { ansibleOrSkip, type Ansible } from './ansible.ts';
import { archive, digest, openReleaseSite, type ReleaseSite } from './release-site.ts';

const ansible = await forDownloads();

async function forDownloads(): Promise<Ansible | undefined> {
  const what = 'the download of OpenBao';
  if ((await onPath('gpg')) !== undefined) return ansibleOrSkip(what);
  process.stderr.write(`SKIPPED: ${what}: it needs the program gpg, not found here\n`);
  return undefined;
}

/** What of the role openbao runs on the controller, up to the moment where a file goes to a host. */
describe.runIf(ansible)('OpenBao from its release page', () => {
  let site: ReleaseSite;
  let attempt = 0;
  let downloads = '';

  beforeEach(async () => {
    site = await openReleaseSite();
    attempt += 1;
    downloads = join(ansible?.directory ?? '', `downloads-${String(attempt)}`);
    return () => site.close();
  });

  const download = async (variables: Readonly<Record<string, unknown>> = {}) => {
    if (ansible === undefined) throw new Error('there is no Ansible');
    const playbook = join(ansible.directory, 'download.json');
    const destination = join(ansible.directory, 'nowhere', 'bao');
    const play = (tasks_from: string) => ({
      ...{ hosts: 'localhost', connection: 'local', gather_facts: false },
      vars: {
        ...{ openbao_machine: 'x86_64', openbao_version: '2.7.2' },
        openbao_release_url: site.url,
        openbao_download_directory: downloads,
        openbao_signing_key: site.key.file,
        openbao_signing_fingerprint: site.key.fingerprint,
        openbao_binary_sha256: site.sha256,
        openbao_file: {
          src: `{{ openbao_download_directory }}/openbao-2.7.2/bao`,
          dest: destination,
          sha256: '{{ openbao_binary_sha256 }}',
        },
        ...variables,
      },
      tasks: [{ 'ansible.builtin.include_role': { name: 'openbao', tasks_from } }],
    });
    // The copy itself is to nowhere: what is to be seen is whether it comes to that.
    const plays = [play('download'), { ...play('place'), check_mode: true }];
    await writeFile(playbook, JSON.stringify(plays));
    const ran = await ansible.run('ansible-playbook', ['--inventory', 'localhost,', playbook]);
    return { exitCode: ran.exitCode, said: ran.all.replace(/\s+/g, ' ') };
  };
  const program = () => readFile(join(downloads, 'openbao-2.7.2', 'bao'), 'utf8');

  it('is taken where archive, signature and program are right', async () => {
    const { exitCode, said } = await download();
    expect(exitCode, said).toBe(0);
    expect(said, said).toContain('Copy it');
    expect(await program()).toContain('a stand-in for the program');
  });

  it('is not unpacked where the checksums are signed by another key', async () => {
    const checksums = site.content('checksums.txt');
    site.replace('checksums.txt.gpgsig', await site.sign(checksums, site.otherKey));
    const { exitCode, said } = await download();
    expect(exitCode).not.toBe(0);
    expect(said, said).toContain(
      `the signature of checksums.txt is not by ${site.key.fingerprint}`,
    );
    await expect(program()).rejects.toThrow('ENOENT');
  });

  it('is not unpacked where the key that was given is another one', async () => {
    const checksums = site.content('checksums.txt');
    site.replace('checksums.txt.gpgsig', await site.sign(checksums, site.otherKey));
    const { exitCode, said } = await download({ openbao_signing_key: site.otherKey.file });
    expect(exitCode).not.toBe(0);
    expect(said, said).toContain(
      `the signature of checksums.txt is not by ${site.key.fingerprint}`,
    );
    await expect(program()).rejects.toThrow('ENOENT');
  });

  it('is not unpacked where the checksums were changed after they were signed', async () => {
    const other = Buffer.from(`${digest(Buffer.from('x'))}  ${archive}\n`);
    site.replace('checksums.txt', other);
    const { exitCode, said } = await download();
    expect(exitCode).not.toBe(0);
    expect(said, said).toContain('the signature of checksums.txt is not by');
    await expect(program()).rejects.toThrow('ENOENT');
  });

  it('is not unpacked where the archive is not the one of the checksums', async () => {
    site.replace(archive, Buffer.concat([site.content(archive), Buffer.from('x')]));
    const { exitCode, said } = await download();
    expect(exitCode).not.toBe(0);
    expect(said, said).toContain('computed checksum did NOT match');
    await expect(program()).rejects.toThrow('ENOENT');
  });

  it('goes to no host where the program has not the pinned checksum, signed or not', async () => {
    for (const signing of [{}, { openbao_signing_key: '' }]) {
      const { exitCode, said } = await download({
        ...signing,
        openbao_binary_sha256: 'a'.repeat(64),
      });
      expect(exitCode).not.toBe(0);
      expect(said, said).toContain(`has SHA-256 ${site.sha256}, declared is ${'a'.repeat(64)}`);
      expect(said, said).not.toContain('Copy it');
    }
  });
});
