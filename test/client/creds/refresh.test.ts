import { assert, double, integer, property, record } from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { freshness, margin, remaining, type Life } from '../../../src/client/creds/refresh.ts';

// A loaded machine is slow, and that is no finding.
vi.setConfig({ testTimeout: 120_000 });

const chance = double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const lifeSeconds = integer({ min: 1, max: 12 * 3600 });
const minted = integer({ min: 1_600_000_000_000, max: 2_000_000_000_000 });
const skew = integer({ min: -7_200_000, max: 7_200_000 });
const life = record({ minted, skew, lifeSeconds }).map(
  ({ lifeSeconds: seconds, ...rest }): Life => ({
    ...rest,
    expires: rest.minted + rest.skew + seconds * 1000,
  }),
);
const inStep = life.map((one): Life => ({ ...one, skew: 0, expires: one.expires - one.skew }));
const order = ['fresh', 'due', 'over'];

describe('the margin', () => {
  it('is between a fifth and a quarter of the life, whatever that is', () => {
    assert(
      property(lifeSeconds, chance, (seconds, drawn) => {
        const part = margin(seconds * 1000, drawn) / (seconds * 1000);
        expect(part).toBeGreaterThanOrEqual(1 / 5);
        expect(part).toBeLessThanOrEqual(1 / 4);
      }),
    );
  });
});

describe('a cached session', () => {
  it('is fresh when it was just made, on a clock that is in step', () => {
    assert(
      property(inStep, chance, (session, drawn) => {
        expect(freshness(session, session.minted, drawn)).toBe('fresh');
      }),
    );
  });

  it('is over from its end on, by the clock of this host and by that of the server', () => {
    assert(
      property(life, integer({ min: 0, max: 10 ** 9 }), chance, (session, after, drawn) => {
        expect(freshness(session, session.expires + after, drawn)).toBe('over');
        expect(freshness(session, session.expires - session.skew + after, drawn)).toBe('over');
      }),
    );
  });

  it('is never given longer than it lasts', () => {
    assert(
      property(life, integer({ min: 0, max: 50_000_000 }), chance, (session, later, drawn) => {
        const now = session.minted + later;
        if (freshness(session, now, drawn) === 'over') return;
        expect(remaining(session, now)).toBeGreaterThan(0);
        expect(now).toBeLessThan(session.expires);
        expect(now + session.skew).toBeLessThan(session.expires);
      }),
    );
  });

  it('only ages', () => {
    const times = integer({ min: 0, max: 50_000_000 });
    assert(
      property(life, times, times, chance, (session, one, other, drawn) => {
        const [early, late] = one < other ? [one, other] : [other, one];
        const before = order.indexOf(freshness(session, session.minted + early, drawn));
        const after = order.indexOf(freshness(session, session.minted + late, drawn));
        expect(after).toBeGreaterThanOrEqual(before);
      }),
    );
  });

  it('is due before its last fifth begins, and not before its last quarter', () => {
    assert(
      property(inStep, chance, (session, drawn) => {
        const whole = session.expires - session.minted;
        expect(freshness(session, session.minted + whole * 0.74, drawn)).toBe('fresh');
        expect(freshness(session, session.minted + whole * 0.81, drawn)).toBe('due');
      }),
    );
  });

  it('is over on a clock that went back behind its mint', () => {
    assert(
      property(life, integer({ min: 2_001, max: 10 ** 9 }), chance, (session, back, drawn) => {
        expect(freshness(session, session.minted - back, drawn)).toBe('over');
      }),
    );
  });

  it('is over whatever its numbers, if they are none', () => {
    for (const broken of [Number.NaN, Number.NEGATIVE_INFINITY]) {
      expect(freshness({ minted: 0, skew: 0, expires: broken }, 0, 0)).toBe('over');
    }
  });
});
