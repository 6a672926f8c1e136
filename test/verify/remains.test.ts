import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { leftBehind, Remains, remainsDirectory } from '../../src/verify/remains.ts';

const server = 'https://openbao.example:8200';
const now = new Date('2030-01-01T00:00:00Z');
const later = '2030-01-01T00:10:00.000Z';
const token = { kind: 'token', name: 'accessor-1', who: 'unpoller', until: later } as const;

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'backbone-remains-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

const files = () => readdir(directory);

/** As if the process that wrote it were no longer alive. */
async function orphan(): Promise<void> {
  for (const name of await files()) {
    const path = join(directory, name);
    const content = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
    await writeFile(path, JSON.stringify({ ...content, start: 'of another' }));
  }
}

describe('what a run has made', () => {
  it('is on disk, for its owner alone, until it is gone', async () => {
    const remains = new Remains(directory, server);
    await remains.add(token);
    const [name = ''] = await files();
    expect((await stat(join(directory, name))).mode & 0o777).toBe(0o600);
    await remains.add({ ...token, name: 'accessor-2' });
    await remains.gone('accessor-1');
    expect(remains.left.map((one) => one.name)).toEqual(['accessor-2']);
    await remains.gone('accessor-2');
    expect(await files()).toEqual([]);
  });

  it('is not taken from a run that is alive', async () => {
    await new Remains(directory, server).add(token);
    expect(await leftBehind(directory, server, now)).toEqual([]);
  });

  it('is found after its run has died, unless it is dead by itself', async () => {
    const remains = new Remains(directory, server);
    await remains.add(token);
    await remains.add({ ...token, name: 'old', until: '2029-12-31T23:59:59.000Z' });
    await orphan();
    const [left] = await leftBehind(directory, server, now);
    expect(left?.remains).toEqual([token]);
    await left?.keep([token]);
    expect(await files()).toHaveLength(1);
    await left?.keep([]);
    expect(await files()).toEqual([]);
  });

  it('of another server, or damaged, is left alone', async () => {
    await new Remains(directory, 'https://other.example:8200').add(token);
    await orphan();
    await writeFile(join(directory, 'cut.json'), '{"server":"https://ope');
    expect(await leftBehind(directory, server, now)).toEqual([]);
    expect(await files()).toHaveLength(2);
  });
});

it('has its place in the state directory', () => {
  expect(remainsDirectory({ XDG_STATE_HOME: '/s' })).toBe('/s/credential-backbone/verify');
});
