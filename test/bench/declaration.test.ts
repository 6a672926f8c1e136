import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { grownDeclaration } from '../../bench/declaration.ts';
import { loadDeclaration } from '../../src/config/load.ts';

it('a grown declaration is a valid one, with as many consumers more as were asked for', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'bench-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  await symlink(fileURLToPath(new URL('../../pki', import.meta.url)), join(directory, 'pki'));

  const count = async (consumers: number) => {
    const file = join(directory, `${String(consumers)}.yaml`);
    await writeFile(file, await grownDeclaration(consumers));
    const { declaration } = await loadDeclaration(file);
    return Object.keys(declaration.consumers).length;
  };
  expect((await count(300)) - (await count(0))).toBe(300);
});
