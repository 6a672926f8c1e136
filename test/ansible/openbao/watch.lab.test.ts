import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, describe, expect, it } from 'vitest';
import { createCa } from '../../../lab/pki.ts';

/** The program beside a server that is well, on file systems that are as the test says. */
const driver = `
import importlib.machinery, importlib.util, json, os, sys, types
loader = importlib.machinery.SourceFileLoader("w", "ansible/roles/openbao/files/openbao-watch.py")
w = importlib.util.module_from_spec(importlib.util.spec_from_loader("w", loader))
loader.exec_module(w)
w.server = lambda config: []
said = json.load(sys.stdin)
if said:
    w.os.statvfs = lambda directory: types.SimpleNamespace(**said)
sys.exit(w.main())
`;

describe('what openbao-watch sees of the disks', () => {
  let directory: string;
  let certificate: string;
  const plenty = {
    ...{ f_frsize: 4096, f_blocks: 1_000_000, f_bavail: 900_000 },
    ...{ f_files: 100_000, f_favail: 90_000 },
  };
  const look = async (
    fileSystem?: object,
    more: { directories?: string[]; certificate?: string } = {},
  ) => {
    const config = { directories: [directory], free_percent: 20, free_mib: 256 };
    await writeFile(
      join(directory, 'watch.json'),
      JSON.stringify({ ...config, certificate, certificate_days: 14, ...more }),
    );
    const { exitCode, stdout, stderr } = await execa(
      'python3',
      ['-c', driver, join(directory, 'watch.json')],
      {
        input: JSON.stringify(fileSystem ?? null),
        env: { PYTHONDONTWRITEBYTECODE: '1' },
        reject: false,
      },
    );
    expect(stderr).toBe('');
    return { exitCode, stdout };
  };

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'watch-'));
    certificate = join(directory, 'ca.pem');
    await writeFile(certificate, (await createCa('CA')).certificate);
    return () => rm(directory, { recursive: true, force: true });
  });

  it('is nothing where there is plenty', async () => {
    expect(await look(plenty)).toEqual({ exitCode: 0, stdout: '' });
  });

  it('is little space', async () => {
    expect(await look({ ...plenty, f_bavail: 190_000 })).toEqual({
      exitCode: 1,
      stdout: `${directory}: less than 20 % of its file system is free`,
    });
  });

  it('is few inodes, save where the file system has none', async () => {
    expect(await look({ ...plenty, f_favail: 3 })).toEqual({
      exitCode: 1,
      stdout: `${directory}: less than 5 % of its inodes are free`,
    });
    expect(await look({ ...plenty, f_files: 0, f_favail: 0 })).toMatchObject({ exitCode: 0 });
  });

  it('is a directory that is not there', async () => {
    expect(await look(undefined, { directories: ['/nowhere/audit'] })).toEqual({
      exitCode: 1,
      stdout: '/nowhere/audit: No such file or directory',
    });
  });

  it('is a certificate that is not there', async () => {
    expect(await look(plenty, { certificate: '/nowhere.pem' })).toEqual({
      exitCode: 1,
      stdout: 'the certificate /nowhere.pem is missing or unreadable',
    });
  });
});
