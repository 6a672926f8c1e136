import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { generate } from '../../providers/generate.ts';

const gen = fileURLToPath(new URL('../../.gen', import.meta.url));
let directory: string;

beforeEach(async () => {
  await mkdir(gen, { recursive: true });
  directory = await mkdtemp(join(gen, 'test-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

async function bytes(): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const entry of await readdir(directory, { recursive: true })) {
    const file = join(directory, entry);
    if ((await stat(file)).isFile()) files[entry] = await readFile(file, 'utf8');
  }
  return files;
}

describe('generate', () => {
  it('gives typed bindings for exactly the types of the schema, and nothing to do afterwards', async () => {
    expect(await generate(undefined, directory)).toEqual(['proxmox', 'infisical']);
    const types = (await readdir(join(directory, 'proxmox'))).filter((name) => !name.includes('.'));
    expect(types.sort()).toEqual([
      'data-proxmox-virtual-environment-containers',
      'data-proxmox-virtual-environment-vms',
      'download-file',
      'provider',
      'virtual-environment-container',
      'virtual-environment-firewall-options',
      'virtual-environment-firewall-rules',
      'virtual-environment-pool',
    ]);
    expect((await bytes())['proxmox/virtual-environment-pool/index.d.ts']).toContain(
      'readonly poolId: string;',
    );
    expect(await generate(undefined, directory)).toEqual([]);
    expect((await readdir(directory)).sort()).toEqual(['infisical', 'proxmox']);
  });

  it('repairs output that is cut off or of another schema, to the same bytes', async () => {
    await generate(undefined, directory);
    const first = await bytes();
    await writeFile(join(directory, 'proxmox', '.made-from'), 'another\n');
    await rm(join(directory, 'proxmox', 'provider'), { recursive: true });
    expect(await generate(undefined, directory)).toEqual(['proxmox']);
    expect(await bytes()).toEqual(first);
  });

  it('gives complete output when two run at once', async () => {
    await Promise.all([generate(undefined, directory), generate(undefined, directory)]);
    expect(await generate(undefined, directory)).toEqual([]);
    expect((await readdir(directory)).sort()).toEqual(['infisical', 'proxmox']);
  });
});
