import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { deleteKey } from '../../src/rotation/private-api.ts';
import { signIn } from '../../src/rotation/session.ts';
import { handMadeKey } from './hand-made.ts';
import { passwords, place, type Place } from './place.ts';

let at: Place;
const note = '-';

beforeAll(async () => {
  at = await place();
  await at.write('unifi/rotation', { username: 'rotation', password: passwords.rotation, note });
  await at.write('unifi/tofu', { username: 'tofu', password: passwords.tofu, note });
  await at.write('unifi/exporter', { username: 'exporter', password: passwords.exporter, note });
});
afterAll(() => at.stop());

beforeEach(() => {
  at.interceptor.prepare(undefined);
  at.console.faults.plan(undefined);
  at.console.faults.api = 'no';
});

/** Everything that a rotation could have touched. */
async function untouched(secret: string, work: () => Promise<unknown>): Promise<void> {
  const before = [await at.read(secret), at.console.state()];
  await work();
  expect([await at.read(secret), at.console.state()]).toEqual(before);
  expect(await at.leftovers(secret)).toEqual([]);
}

describe('a rotation', () => {
  it('is for those that are due; without a name, the others are left alone', async () => {
    await untouched('unifi/exporter', async () => {
      const ran = await at.rotate(['--json']);
      expect(ran, ran.stderr).toMatchObject({ exitCode: 1 });
      const { rotations } = JSON.parse(ran.stdout) as {
        rotations: { secret: string; outcome: string }[];
      };
      expect(rotations.find(({ secret }) => secret === 'unifi/exporter')?.outcome).toBe('not due');
    });
    await at.bao.call('POST', 'kv/metadata/unifi/exporter', {
      custom_metadata: { rotate_every_seconds: '0' },
    });
    const ran = await at.rotate(['--json']);
    const { rotations } = JSON.parse(ran.stdout) as { rotations: { secret: string }[] };
    expect(rotations.find(({ secret }) => secret === 'unifi/exporter')).toEqual({
      secret: 'unifi/exporter',
      outcome: 'rotated',
      version: 2,
    });
    expect(await at.isGood('unifi/exporter')).toBe(true);
    await at.bao.call('POST', 'kv/metadata/unifi/exporter', {
      custom_metadata: { rotate_every_seconds: '7776000' },
    });
  });

  it('of a named secret is done at once; its old password is dead', async () => {
    const before = await at.read('unifi/tofu');
    const ran = await at.rotate(['unifi/tofu']);
    expect(ran, ran.stderr).toMatchObject({
      exitCode: 0,
      stdout: 'unifi/tofu: rotated, version 2',
    });
    expect(await at.isGood('unifi/tofu')).toBe(true);
    expect(await at.goodFields('unifi/tofu', before?.fields ?? {})).toBe(false);
  });

  it('looks first, where it is asked to look only', async () => {
    await untouched('unifi/exporter', async () => {
      const ran = await at.rotate(['--check']);
      expect(ran.stdout).toContain('unifi/exporter: could be rotated');
      expect(ran.stdout).toContain('classic/exporter: could not');
    });
  });
});

describe('an API key that a person made', () => {
  const keyNames = () => at.console.state().keys.map(({ name }) => name);

  it('is replaced, and deleted where it is the only one that it can be', async () => {
    const { key } = await handMadeKey(at, 'from the page');
    await at.write('unifi/tofu-key', { api_key: key, note });
    const ran = await at.rotate(['unifi/tofu-key']);
    expect(ran, ran.stderr).toMatchObject({ exitCode: 0 });
    expect(keyNames()).toEqual([expect.stringMatching(/^backbone unifi\/tofu-key /)]);
    expect(await at.goodFields('unifi/tofu-key', { api_key: key })).toBe(false);
  });

  it('is left, and said, where it could be another one; after that is deleted by hand, all is done', async () => {
    const { key, id } = await handMadeKey(at, 'the old one');
    await handMadeKey(at, 'of somebody else');
    await at.write('unifi/tofu-key', { api_key: key, note });
    const ran = await at.rotate(['unifi/tofu-key']);
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toContain('"the old one", "of somebody else"');
    expect(await at.isGood('unifi/tofu-key')).toBe(true);
    expect(keyNames()).toContain('of somebody else');

    await endByHand(id);
    const next = await at.rotate(['--json']);
    expect(JSON.parse(next.stdout)).toEqual({
      rotations: expect.arrayContaining([
        { secret: 'unifi/tofu-key', outcome: 'finished', version: 4 },
      ]) as unknown,
    });
    expect(await at.leftovers('unifi/tofu-key')).toEqual([]);
    expect(keyNames()).toContain('of somebody else');
  });

  async function endByHand(id: string) {
    const { rotation } = at.backbone.secrets.find(({ path }) => path === 'unifi/tofu') ?? {};
    const session = await signIn(
      {
        ...{ controller: at.console.url, kind: 'os', site: 'default' },
        certificateSha256: rotation?.certificateSha256 ?? '',
      },
      'tofu',
      (await at.read('unifi/tofu'))?.fields['password'] ?? '',
    );
    if (session === undefined) throw new Error('tofu cannot sign in');
    await deleteKey(session, id);
  }
});

describe('nothing is touched where', () => {
  it.each(['gone', 'other-fields'] as const)('the private API is another one: %s', async (api) => {
    for (const secret of ['unifi/exporter', 'unifi/tofu-key']) {
      await untouched(secret, async () => {
        at.console.faults.api = api;
        const ran = await at.rotate([secret]);
        at.console.faults.api = 'no';
        expect(ran.exitCode).toBe(1);
        expect(ran.stderr).toContain('is not the one that this version knows');
      });
    }
  });

  it('KV holds a password that the controller does not take: there would be no way back', async () => {
    const now = await at.read('unifi/exporter');
    await at.write('unifi/exporter', { ...now?.fields, password: 'another-one-4711' });
    await untouched('unifi/exporter', async () => {
      const ran = await at.rotate(['unifi/exporter']);
      expect(ran.exitCode).toBe(1);
      expect(ran.stderr).toContain('does not take what stands in kv/data/unifi/exporter');
      expect(ran.stderr).not.toContain('another-one');
    });
    await at.write('unifi/exporter', now?.fields ?? {});
  });

  it('the secret is empty', async () => {
    await untouched('classic/exporter', async () => {
      const ran = await at.rotate(['classic/exporter']);
      expect(ran.exitCode).toBe(1);
      expect(ran.stderr).toMatch(/does not take|is empty/);
    });
  });

  it('the controller is tired of sign-ins', async () => {
    await untouched('unifi/exporter', async () => {
      at.console.faults.plan({ how: 'limit', step: 1, on: '/api/auth/login' });
      const ran = await at.rotate(['unifi/exporter']);
      expect(ran.exitCode).toBe(1);
      expect(ran.stderr).toContain('429 (too many tries; wait some minutes)');
    });
  });

  it('the contract does not let it', async () => {
    const ran = await at.rotate(['unifi/other']);
    expect(ran.exitCode).toBe(1);
    expect(ran.stderr).toContain('"unifi/other" is no secret that this contract lets rotate');
  });
});

describe('where OpenBao does not take the new password', () => {
  it('the old one is valid again, and the command says so', async () => {
    const before = await at.read('unifi/exporter');
    const started = at.start(['unifi/exporter']);
    const on = /^POST \/v1\/kv\/data\/unifi\/exporter$/;
    at.interceptor.prepare({ mode: 'refuse', step: 1, on, kill: started.kill });
    const ran = await started.ended;
    // Tried a second time, which the test lets through: somebody else may have written meanwhile.
    expect(ran, ran.stderr).toMatchObject({ exitCode: 0 });
    expect((await at.read('unifi/exporter'))?.version).toBe((before?.version ?? 0) + 1);

    await at.bao.call('POST', 'sys/policies/acl/rotator', { policy: withoutWrites });
    const refused = await at.rotate(['unifi/exporter']);
    await at.bao.call('POST', 'sys/policies/acl/rotator', { policy: at.policy });
    expect(refused.exitCode, refused.stderr).toBe(1);
    expect(refused.stderr).toContain('The old password is valid again.');
    expect((await at.read('unifi/exporter'))?.version).toBe((before?.version ?? 0) + 1);
    expect(await at.isGood('unifi/exporter')).toBe(true);
    const next = await at.rotate(['unifi/exporter']);
    expect(next, next.stderr).toMatchObject({ exitCode: 0 });
  });
});

describe('two rotations', () => {
  it('on one host: the second one says that the first is at work', async () => {
    const first = at.start(['unifi/exporter']);
    let second: Promise<Awaited<ReturnType<Place['rotate']>>> | undefined;
    // Held at its change until the second one has ended.
    at.interceptor.prepare({
      ...{ mode: 'hold', step: 1, on: /cmd\/sitemgr/, kill: first.kill },
      hold: async () => {
        second = at.rotate(['unifi/exporter']);
        await second;
      },
    });
    const [one, two] = [await first.ended, await second];
    expect(one, one.stderr).toMatchObject({ exitCode: 0 });
    expect(two?.exitCode).toBe(1);
    expect(two?.stderr).toMatch(/another rotation is under way \(pid \d+\)/);
  });

  it('on two hosts: the second one names the first, and takes over only when it is told to', async () => {
    const started = at.start(['unifi/tofu']);
    const on = /^POST .*cmd\/sitemgr/;
    at.interceptor.prepare({ mode: 'kill after', step: 2, on, kill: started.kill });
    await started.ended;
    expect(at.interceptor.struck).toBeDefined();
    at.interceptor.prepare(undefined);
    const elsewhere = { state: join(at.state, '..', 'elsewhere') };
    const other = await at.rotate(['unifi/tofu'], elsewhere);
    expect(other.exitCode).toBe(1);
    expect(other.stderr).toContain('finish it with --take-over');
    const taken = await at.rotate(['unifi/tofu', '--take-over'], elsewhere);
    expect(taken, taken.stderr).toMatchObject({ exitCode: 0 });
    expect(taken.stdout).toContain('unifi/tofu: finished');
    expect(await at.isGood('unifi/tofu')).toBe(true);
    // What the first host remembers is over, and its next run finds that out by itself.
    const next = await at.rotate(['unifi/tofu']);
    expect(next, next.stderr).toMatchObject({ exitCode: 0 });
    expect(await at.leftovers('unifi/tofu')).toEqual([]);
  });
});

describe('a journal that was cut off on the disk', () => {
  it('stops nothing where no rotation is open', async () => {
    await mkdir(at.state, { recursive: true });
    await writeFile(join(at.state, 'unifi+exporter.json'), '{"rotation":"x');
    const ran = await at.rotate(['unifi/exporter']);
    expect(ran, ran.stderr).toMatchObject({ exitCode: 0 });
    expect((await readdir(at.state)).filter((file) => file.endsWith('.json'))).toEqual([]);
  });
});

describe('the identity that rotates', () => {
  it.each([
    ['GET', 'kv/data/unifi/tofu'],
    ['GET', 'kv/metadata/unifi/tofu'],
    ['GET', 'kv/metadata/unifi/tofu/pending'],
  ])('may %s %s', async (method, path) => {
    expect([200, 404]).toContain(await at.asRotator(method, path));
  });

  it.each([
    ['GET', 'kv/data/unifi/tofu-other'],
    ['POST', 'kv/data/unifi/tofu/pending2'],
    ['DELETE', 'kv/data/unifi/tofu'],
    ['DELETE', 'kv/metadata/unifi/tofu'],
    ['POST', 'kv/metadata/unifi/tofu'],
    ['POST', 'kv/destroy/unifi/tofu'],
    ['LIST', 'kv/metadata/unifi'],
    ['GET', 'sys/policies/acl/rotator'],
    ['POST', 'auth/token/create'],
  ])('may not %s %s', async (method, path) => {
    expect(await at.asRotator(method, path, method === 'POST' ? {} : undefined)).toBe(403);
  });
});

const withoutWrites = `
path "kv/data/unifi/exporter" { capabilities = ["read"] }
path "kv/metadata/unifi/exporter" { capabilities = ["read"] }
path "kv/data/unifi/rotation" { capabilities = ["read"] }
path "kv/data/unifi/exporter/pending" { capabilities = ["create", "read", "update"] }
path "kv/metadata/unifi/exporter/pending" { capabilities = ["delete", "read"] }
`;
