import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { buildStandIn } from '../../../lab/vault-provider/build.ts';

it('the stand-in is built to the same bytes each time, as lock files hold its hash', async () => {
  const digests: string[] = [];
  for (let turn = 0; turn < 2; turn += 1) {
    const directory = await mkdtemp(join(tmpdir(), "it's a stand-in "));
    try {
      const program = await buildStandIn(directory);
      expect((await stat(program)).mode & 0o111).toBe(0o111);
      const hash = createHash('sha256');
      for (const name of (await readdir(directory)).sort()) {
        hash.update(name).update(await readFile(join(directory, name)));
      }
      digests.push(hash.digest('hex'));
    } finally {
      await rm(directory, { recursive: true });
    }
  }
  expect(digests[0]).toBe(digests[1]);
});
