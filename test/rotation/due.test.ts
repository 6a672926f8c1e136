import { describe, expect, it } from 'vitest';
import { standingOf } from '../../src/rotation/due.ts';

const made = Date.parse('2026-01-01T00:00:00Z');
const day = 86_400_000;

const metadata = (custom: Record<string, string> | null, version = {}) => ({
  current_version: 2,
  custom_metadata: custom,
  versions: {
    '1': { created_time: '2020-01-01T00:00:00Z', deletion_time: '', destroyed: false },
    '2': {
      ...{ created_time: '2026-01-01T00:00:00Z', deletion_time: '', destroyed: false },
      ...version,
    },
  },
});
const tenDays = { rotate_every_seconds: String(10 * 86_400), owner: 'network' };

describe('a secret to be rotated every ten days', () => {
  it.each([
    ['at first', 0, { state: 'current', due: false }],
    ['a moment before its last tenth', 9 * day - 1, { state: 'current', due: false }],
    ['in its last tenth', 9 * day, { state: 'current', due: true }],
    ['a moment before its end', 10 * day - 1, { state: 'current', due: true }],
    ['at its end', 10 * day, { state: 'overdue', due: true }],
  ])('%s', (_, age, expected) => {
    expect(standingOf(metadata(tenDays), made + age)).toEqual({
      ...expected,
      version: 2,
      rotateBy: '2026-01-11T00:00:00.000Z',
      owner: 'network',
    });
  });

  it.each([
    ['deleted', { deletion_time: '2026-01-02T00:00:00Z' }],
    ['destroyed', { destroyed: true }],
  ])('is empty where its current version is %s', (_, version) => {
    expect(standingOf(metadata(tenDays, version), made).state).toBe('empty');
  });

  it('is empty before its first value, and not deployed without metadata', () => {
    const none = { current_version: 0, custom_metadata: tenDays, versions: {} };
    expect(standingOf(none, made).state).toBe('empty');
    expect(standingOf(undefined, made).state).toBe('not deployed');
  });

  it.each<[Record<string, string> | null]>([[null], [{}], [{ rotate_every_seconds: 'soon' }]])(
    'counts as overdue where its life is not known: %j',
    (custom) => {
      expect(standingOf(metadata(custom), made)).toMatchObject({ state: 'overdue', due: true });
    },
  );
});
