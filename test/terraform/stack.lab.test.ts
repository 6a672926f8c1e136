import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { init } from '../../src/terraform/stack.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'stack-'));
  await mkdir(join(directory, 'stacks', 'openbao'), { recursive: true });
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});

afterEach(async () => {
  vi.restoreAllMocks();
  await rm(directory, { recursive: true, force: true });
});

/** What a program of that name is started with, where the lock file names that registry. */
async function initialised(program: string, registry: string | undefined): Promise<string> {
  const path = join(directory, program);
  const said = join(directory, 'arguments');
  await writeFile(path, `#!/bin/sh\necho "$@" > '${said}'\n`);
  await chmod(path, 0o755);
  if (registry !== undefined) {
    const lock = join(directory, 'stacks', 'openbao', '.terraform.lock.hcl');
    await writeFile(lock, `provider "${registry}/hashicorp/vault" {\n}\n`);
  }
  await init({
    name: 'openbao',
    terraform: { name: program, path, version: '1.11.4' },
    output: directory,
    env: {},
    quiet: true,
  });
  return readFile(said, 'utf8');
}

it.each([
  ['terraform', 'registry.terraform.io', true],
  ['terraform', undefined, false],
  ['tofu', 'registry.opentofu.org', true],
  // The committed locks are Terraform's: read-only, OpenTofu would refuse each of them.
  ['tofu', 'registry.terraform.io', false],
] as const)('%s with a lock file of %s takes it read-only: %s', async (program, registry, only) => {
  expect((await initialised(program, registry)).includes('-lockfile=readonly')).toBe(only);
});
