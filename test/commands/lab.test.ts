import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { main } from '../../src/cli.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

it('gives the outcome of `lab down` as JSON', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'lab-down-'));
  vi.stubEnv('BACKBONE_LAB', join(directory, 'lab'));
  let out = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((out += String(text)), true));
  expect(await main(['lab', 'down', '--json'])).toBe(0);
  expect(JSON.parse(out)).toEqual({ removed: false });
  await rm(directory, { recursive: true });
});
