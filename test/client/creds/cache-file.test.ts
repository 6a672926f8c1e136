import {
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert, constantFrom, integer, property, string, tuple } from 'fast-check';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { isUsable } from '../../../src/client/creds/cache-directory.ts';
import { readCached, writeCached } from '../../../src/client/creds/cache-file.ts';
import type { Minted } from '../../../src/client/creds/mint.ts';
import { sha256 } from '../../../src/client/sha256.ts';

// A loaded machine is slow, and that is no finding.
vi.setConfig({ testTimeout: 120_000 });

const directory = mkdtempSync(join(tmpdir(), 'cache-file-'));
const file = join(directory, 'session.json');
const now = Date.parse('2026-11-24T12:00:00Z');
const minted: Minted = {
  accessKeyId: 'ASIAEXAMPLEEXAMPLE00',
  secretAccessKey: 'canary/secret+key0000000000000000000000A',
  sessionToken: 'canary-token//////////wEaCXVzLWVhc3QtMiJH',
  expires: now + 899_000,
  minted: now,
  skew: -412,
};
const isRoot = process.getuid?.() === 0;

beforeEach(() => {
  rmSync(file, { recursive: true, force: true });
  writeCached(file, 'me', minted);
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

/** Refused, in words that hold nothing of the session. */
function expectRefused(binding = 'me') {
  const cached = readCached(file, binding);
  expect(cached.session).toBeUndefined();
  expect(cached.refused).not.toBe('');
  expect(cached.refused).not.toContain('canary');
  return cached.refused;
}

describe('a cache file', () => {
  it('gives back what was written, for the same binding alone', () => {
    expect(readCached(file, 'me').session).toEqual(minted);
    expectRefused('somebody else');
    expectRefused('m');
    expectRefused('');
  });

  it('is 0600 and alone: nothing half-written stays', () => {
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory)).toEqual(['session.json']);
  });

  it('is nothing where there is none', () => {
    expect(readCached(join(directory, 'none'), 'me')).toEqual({});
  });

  it('is not trusted where others can read it, and is by its user alone', () => {
    for (const mode of [0o604, 0o640, 0o602, 0o620, 0o644, 0o666]) {
      chmodSync(file, mode);
      expect(expectRefused()).toContain('open to others');
    }
    chmodSync(file, 0o400);
    expect(readCached(file, 'me').session).toEqual(minted);
  });

  it('is not followed through a symbolic link, nor trusted with a second name', () => {
    const elsewhere = join(directory, 'elsewhere');
    writeCached(elsewhere, 'me', minted);
    rmSync(file);
    symlinkSync(elsewhere, file);
    expectRefused();
    // The next session takes the link's place, and leaves alone where it led.
    writeCached(file, 'me', { ...minted, skew: 5 });
    expect(readCached(file, 'me').session).toMatchObject({ skew: 5 });
    expect(readCached(elsewhere, 'me').session).toEqual(minted);
    linkSync(elsewhere, join(directory, 'second'));
    expect(readCached(elsewhere, 'me').refused).toContain('second name');
    rmSync(elsewhere);
    rmSync(join(directory, 'second'));
  });

  it('is not read where it is a directory', () => {
    rmSync(file);
    mkdirSync(file);
    expectRefused();
  });

  it.runIf(isRoot)('is not trusted where it belongs to somebody else', () => {
    chownSync(file, 65_534, 65_534);
    expect(expectRefused()).toContain('belongs to somebody else');
  });

  it('is not trusted cut off at any byte', () => {
    const whole = readFileSync(file, 'utf8').trimEnd();
    for (let length = 0; length < whole.length; length += 1) {
      writeFileSync(file, whole.slice(0, length));
      expectRefused();
    }
  });

  it('never gives another session with any byte changed', () => {
    const whole = readFileSync(file);
    assert(
      property(
        integer({ min: 0, max: whole.length - 1 }),
        integer({ min: 1, max: 255 }),
        (at, by) => {
          const changed = Buffer.from(whole);
          changed[at] = (changed[at] ?? 0) ^ by;
          writeFileSync(file, changed);
          const { session } = readCached(file, 'me');
          if (session !== undefined) expect(session).toEqual(minted);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('gives no session out of hostile content, even with a right digest', () => {
    const good = { accessKeyId: minted.accessKeyId, secretAccessKey: minted.secretAccessKey };
    const entries = tuple(
      constantFrom('binding', 'session', 'minted', 'skew', 'expires', 'sessionToken'),
      constantFrom<unknown>(null, '', [], {}, -1, 1e300, 'x'.repeat(99_999), true, 'canary\n'),
    ).map(([key, value]) =>
      JSON.stringify({
        ...{ binding: 'me', minted: now, skew: 0 },
        session: {
          ...{ ...good, sessionToken: minted.sessionToken, expires: minted.expires },
          ...(key === 'expires' || key === 'sessionToken' ? { [key]: value } : {}),
        },
        ...(key === 'expires' || key === 'sessionToken' ? {} : { [key]: value }),
      }),
    );
    for (const entry of [entries, string()]) {
      assert(
        property(entry, (text) => {
          const content = { version: 1, digest: sha256(text), entry: text };
          writeFileSync(file, JSON.stringify(content));
          const { session } = readCached(file, 'me');
          // A number of a clock may be any; keys may not.
          if (session !== undefined) expect(session).toMatchObject(good);
        }),
        { numRuns: 200 },
      );
    }
  });
});

describe('the cache directory', () => {
  const place = join(directory, 'cache', 'credential-backbone');

  it('is made 0700, and used', () => {
    expect(isUsable(place)).toBe(true);
    expect(statSync(place).mode & 0o777).toBe(0o700);
  });

  it('is refused where others can look or write, or it is a link or a file', () => {
    for (const mode of [0o701, 0o710, 0o770, 0o777]) {
      chmodSync(place, mode);
      expect(() => isUsable(place)).toThrow('is open to others');
    }
    chmodSync(place, 0o700);
    const link = join(directory, 'link');
    symlinkSync(place, link);
    expect(() => isUsable(link)).toThrow('is no directory');
    expect(() => isUsable(file)).toThrow('is no directory');
  });

  it.runIf(isRoot)('is refused where it belongs to somebody else', () => {
    chownSync(place, 65_534, 65_534);
    expect(() => isUsable(place)).toThrow('belongs to somebody else');
  });

  it('is none where nothing can be made', () => {
    expect(isUsable(join(file, 'credential-backbone'))).toBe(false);
  });
});
