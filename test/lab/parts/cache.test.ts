import { mkdir, readFile, readdir, truncate, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cached, cacheRoot, exists } from '../../../lab/parts/cache.ts';
import { PartMissing } from '../../../lab/parts/part.ts';
import { emptyCache } from './scratch.ts';

const write = (text: string) => async (directory: string) => {
  await writeFile(join(directory, 'tool'), text);
};

describe('the cache of parts', () => {
  it('takes XDG_CACHE_HOME only where it is absolute', () => {
    expect(cacheRoot({ XDG_CACHE_HOME: '/var/x' })).toBe('/var/x/credential-backbone');
    expect(cacheRoot({ XDG_CACHE_HOME: 'x' })).toBe(cacheRoot({}));
    expect(cacheRoot({ XDG_CACHE_HOME: '' })).toBe(cacheRoot({}));
  });

  it('builds once, then finds', async () => {
    await emptyCache();
    expect((await cached('tool/1', write('one'), 'tool')).built).toBe(true);
    const again = await cached('tool/1', () => Promise.reject(new Error('built twice')), 'tool');
    expect(again.built).toBe(false);
    expect(await readFile(join(again.directory, 'tool'), 'utf8')).toBe('one');
  });

  it('gives two builders at once the same complete directory', async () => {
    const root = await emptyCache();
    let started = 0;
    let release = (): void => undefined;
    const bothStarted = new Promise<void>((resolve) => (release = resolve));
    const builder = (text: string) => async (directory: string) => {
      started += 1;
      if (started === 2) release();
      await bothStarted;
      await write(text)(directory);
    };
    const [a, b] = await Promise.all([
      cached('tool/1', builder('a'), 'tool'),
      cached('tool/1', builder('b'), 'tool'),
    ]);
    expect(a.directory).toBe(b.directory);
    expect([a.built, b.built].filter(Boolean)).toHaveLength(1);
    expect(await readFile(join(a.directory, 'tool'), 'utf8')).toBe(a.built ? 'a' : 'b');
    expect(await readdir(join(root, 'tool'))).toEqual(['1']);
  });

  it('leaves nothing of a failed build, and builds at the next call', async () => {
    const root = await emptyCache();
    const broken = async (directory: string) => {
      await write('half')(directory);
      throw new Error('the compiler gave up');
    };
    await expect(cached('tool/1', broken, 'tool')).rejects.toThrow('the compiler gave up');
    expect(await readdir(join(root, 'tool'))).toEqual([]);
    expect((await cached('tool/1', write('whole'), 'tool')).built).toBe(true);
  });

  it.each([0, 3])('builds again what was cut to %i bytes', async (length) => {
    await emptyCache();
    const { directory } = await cached('tool/1', write('whole'), 'tool');
    await truncate(join(directory, 'tool'), length);
    expect((await cached('tool/1', write('again'), 'tool')).built).toBe(true);
    expect(await readFile(join(directory, 'tool'), 'utf8')).toBe('again');
  });

  it('keeps a damaged part where building it anew fails', async () => {
    await emptyCache();
    const { directory } = await cached('tool/1', write('whole'), 'tool');
    await truncate(join(directory, 'tool'), 3);
    const offline = () => Promise.reject(new Error('offline'));
    await expect(cached('tool/1', offline, 'tool')).rejects.toThrow('offline');
    expect(await exists(directory)).toBe(true);
  });

  it('removes what a killed builder left, and not what a living one is filling', async () => {
    const root = await emptyCache();
    const beyondAnyPid = 2 ** 30;
    const dead = `.building-${hostname()}-${String(beyondAnyPid)}-abc123`;
    const living = `.building-${hostname()}-${String(process.pid)}-abc123`;
    const elsewhere = `.building-another-host-${String(beyondAnyPid)}-abc123`;
    for (const name of [dead, living, elsewhere]) {
      await mkdir(join(root, 'tool', name), { recursive: true });
    }
    await cached('tool/1', write('whole'), 'tool');
    const left = await readdir(join(root, 'tool'));
    expect(left).not.toContain(dead);
    expect(left).toEqual(expect.arrayContaining([living, elsewhere, '1']));
  });

  it('says what to do where the cache cannot be written', async () => {
    const root = await emptyCache();
    await writeFile(root, 'a file where the directory belongs');
    const attempt = cached('tool/1', write('whole'), 'tool');
    await expect(attempt).rejects.toBeInstanceOf(PartMissing);
    await expect(attempt).rejects.toThrow(`the cache ${root} cannot be written`);
    await expect(attempt).rejects.toThrow('XDG_CACHE_HOME');
  });

  it('says so too where the disk fills up while building', async () => {
    await emptyCache();
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), {
      code: 'ENOSPC',
    });
    await expect(cached('tool/1', () => Promise.reject(full))).rejects.toThrow(
      /cannot be written: ENOSPC[^]*2 GB free/,
    );
  });

  it('passes every other error through as it is', async () => {
    await emptyCache();
    const bug = new TypeError('a bug');
    await expect(cached('tool/1', () => Promise.reject(bug))).rejects.toBe(bug);
  });
});
