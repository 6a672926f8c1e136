import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildClient } from '../../src/bundle/client.ts';

let directory: string;
let bundle: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bundle-'));
  const file = join(directory, 'client.cjs');
  await buildClient(file);
  bundle = await readFile(file, 'utf8');
});
afterAll(() => rm(directory, { recursive: true }));

const modules = (code: string) =>
  new Set([...code.matchAll(/require\("([^"]+)"\)/g)].map(([, name]) => name));

it('loads nothing for a cached session that takes long to load', () => {
  const [first = ''] = bundle.split('/* The whole client:');
  expect(modules(first)).toEqual(new Set(['node:fs', 'node:os', 'node:path']));
});

it("needs Node's own modules alone", () => {
  const named = [...modules(bundle)].filter((name) => name?.startsWith('node:') !== true);
  expect(named).toEqual([]);
});

it('ends its one comment at its end alone', () => {
  const [, rest = ''] = bundle.split('\n/* The whole client:\n');
  expect(rest.indexOf('*/')).toBe(rest.trimEnd().length - 2);
});
