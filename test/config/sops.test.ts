import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseDocument } from 'yaml';
import { loadDeclaration } from '../../src/config/load.ts';
import { UserError } from '../../src/user-error.ts';
import { example, inside, lineOf, load, place } from './example.ts';

let directory = '';
let remove = () => Promise.resolve();
beforeEach(async () => {
  ({ directory, remove } = await place());
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await remove();
});

const canary = '192.0.2.77';

/** What SOPS leaves of a value. */
const ciphertext = "'ENC[AES256_GCM,data:Zm9v,iv:YmFy,tag:YmF6,type:str]'";

const metadata = [
  'sops:',
  '    lastmodified: "2026-01-01T00:00:00Z"',
  '    mac: ENC[AES256_GCM,data:bQ==,iv:aQ==,tag:dA==,type:str]',
  '    version: 3.11.0',
  '',
].join('\n');

/** A double of `sops` first on PATH: it answers what it is told, as the real one would. */
async function sopsDouble(script: string): Promise<void> {
  const bin = join(directory, 'bin');
  await mkdir(bin);
  await writeFile(join(bin, 'sops'), `#!/bin/sh\n${script}\n`);
  await chmod(join(bin, 'sops'), 0o755);
  vi.stubEnv('PATH', `${bin}${delimiter}${process.env['PATH'] ?? ''}`);
}

/** The declaration as SOPS would store it, and a double that decrypts it. */
async function encrypted(plain: string, hide: string): Promise<string> {
  const answer = JSON.stringify(parseDocument(plain).toJS());
  await writeFile(join(directory, 'answer.json'), answer);
  await sopsDouble(`printf '%s\\n' "$*" > '${directory}/argv'; cat '${directory}/answer.json'`);
  return `${plain.replace(hide, ciphertext)}${metadata}`;
}

describe('a declaration that SOPS encrypted', () => {
  it('is taken as it was before, without the metadata of SOPS', async () => {
    const text = await encrypted(example, 'credential-backbone');
    const { loaded, error } = await load(directory, text);
    expect(error?.message).toBeUndefined();
    expect(loaded?.declaration.proxmox.pool).toBe('credential-backbone');
    expect(loaded?.declaration).not.toHaveProperty('sops');
  });

  it('is decrypted by one plain command', async () => {
    const { file } = await load(directory, await encrypted(example, 'credential-backbone'));
    expect(await readFile(join(directory, 'argv'), 'utf8')).toBe(
      `decrypt --input-type yaml --output-type json ${file}\n`,
    );
  });

  it('is never written in clear text', async () => {
    const before = await encrypted(example, 'credential-backbone');
    await load(directory, before);
    expect(await readFile(join(directory, 'backbone.yaml'), 'utf8')).toBe(before);
    expect((await readdir(directory)).sort()).toEqual(
      ['answer.json', 'argv', 'backbone.yaml', 'bin', 'pki'].sort(),
    );
  });

  it('is refused with the line of the encrypted file, and no decrypted value', async () => {
    const plain = inside('', 'address: 192.0.2.31', `address: ${canary}/24`)(example);
    const text = await encrypted(plain, `${canary}/24`);
    const { refusals, error } = await load(directory, text);
    expect(refusals).toHaveLength(1);
    expect(refusals[0]).toMatchObject({
      field: 'consumers.unpoller.container.address',
      line: lineOf(text, ciphertext),
      received: 'an encrypted value (not shown)',
    });
    expect(JSON.stringify(error)).not.toContain(canary);
  });

  it('is not shown by the refusal of a field that was not encrypted', async () => {
    const plain = inside(
      '  unpoller:',
      '192.0.2.31',
      canary,
    )(example).replace('[192.0.2.65/32]', '[192.0.2.76/30]');
    const text = await encrypted(plain, canary);
    const { error } = await load(directory, text);
    expect(error?.message).toContain('overlaps (not shown) of consumer unpoller');
    expect(JSON.stringify(error)).not.toContain(canary);
  });

  it('is not shown where the spelling is corrected', async () => {
    const plain = inside('', '192.0.2.65/32', "'2001:DB8:0:0::5/128'")(example);
    const { error } = await load(directory, await encrypted(plain, "'2001:DB8:0:0::5/128'"));
    expect(error?.refusals.map(({ field }) => field)).toEqual(['consumers.network-agent.from[0]']);
    expect(JSON.stringify(error)).not.toMatch(/2001:db8/i);
  });

  it('is refused without `sops` on PATH, with where to get it', async () => {
    await mkdir(join(directory, 'empty'));
    const text = `${example.replace('credential-backbone', ciphertext)}${metadata}`;
    vi.stubEnv('PATH', join(directory, 'empty'));
    const failure = load(directory, text);
    await expect(failure).rejects.toBeInstanceOf(UserError);
    await expect(failure).rejects.toThrow(/no `sops` on PATH: install it/);
  });

  it('is refused with the reason of `sops`, and without what it had printed', async () => {
    await sopsDouble(
      `echo '{"proxmox":{"pool":"half-a-secret"'; echo 'Failed to get the data key required to decrypt' >&2; exit 128`,
    );
    const text = `${example.replace('credential-backbone', ciphertext)}${metadata}`;
    const failure = load(directory, text);
    await expect(failure).rejects.toThrow(/failed: Failed to get the data key required/);
    await expect(failure).rejects.not.toThrow(/half-a-secret/);
  });

  it('is refused if `sops` answers no JSON, without what it answered', async () => {
    await sopsDouble(`echo 'pool: half-a-secret'`);
    const text = `${example.replace('credential-backbone', ciphertext)}${metadata}`;
    const failure = load(directory, text);
    await expect(failure).rejects.toThrow(/answered no JSON/);
    await expect(failure).rejects.not.toThrow(/half-a-secret/);
  });

  it('is refused if its metadata was lost', async () => {
    const { refusals } = await load(directory, example.replace('credential-backbone', ciphertext));
    expect(refusals).toHaveLength(1);
    expect(refusals[0]?.field).toBe('proxmox.pool');
    expect(refusals[0]?.problem).toMatch(/encrypted value in a file without the metadata of SOPS/);
  });
});

it('a declaration in clear text starts no `sops`', async () => {
  await sopsDouble(`touch '${directory}/started'`);
  const file = join(directory, 'backbone.yaml');
  await writeFile(file, example);
  await loadDeclaration(file);
  expect(await readdir(directory)).not.toContain('started');
});
