import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openLedger } from '../../../src/client/issuer/ledger.ts';

let directory: string;
let writer: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ledger-'));
  writer = join(directory, 'writer.cjs');
  const ledger = fileURLToPath(new URL('../../../src/client/issuer/ledger.ts', import.meta.url));
  const contents = `
    import { openLedger } from ${JSON.stringify(ledger)};
    const ledger = openLedger(process.env);
    const at = '2026-01-31T12:00:00.000Z';
    for (let count = 0; count < 200; count += 1) {
      const id = process.argv[2] + '-' + String(count);
      ledger.add({ event: 'intended', id, consumer: 'x'.repeat(count * 10 + 1), at, expires: at });
    }`;
  await build({
    stdin: { contents, resolveDir: directory, loader: 'ts' },
    outfile: writer,
    bundle: true,
    platform: 'node',
    target: 'node18',
  });
});
afterAll(() => rm(directory, { recursive: true, force: true }));

it('takes the lines of several writers at once, all of them whole', async () => {
  const env = { XDG_STATE_HOME: join(directory, 'state') };
  const names = ['a', 'b', 'c'];
  await Promise.all(names.map((name) => execa(process.execPath, [writer, name], { env })));
  const ids = openLedger(env)
    .read()
    .map((entry) => (entry.event === 'intended' ? entry.id : ''));
  expect(new Set(ids).size).toBe(600);
  for (const name of names) {
    const own = ids.filter((id) => id.startsWith(`${name}-`));
    expect(own).toEqual(own.map((_, count) => `${name}-${String(count)}`));
  }
});
