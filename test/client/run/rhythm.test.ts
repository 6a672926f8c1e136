import { describe, expect, it } from 'vitest';
import { isWaning, nextLook, pauseAfter } from '../../../src/client/run/rhythm.ts';

const lives = [1, 2, 5, 60, 900, 3600, 86_400];
const chances = [0, 0.25, 0.5, 0.999_999];

describe('looks at a token', () => {
  it('come before its last quarter, and each leaves time for another', () => {
    for (const left of lives.filter((life) => life > 5)) {
      for (const chance of chances) {
        const pause = nextLook(left, chance);
        expect(pause).toBeLessThan(left * 0.75);
        expect(pause).toBeGreaterThan(left * 0.5);
      }
    }
  });

  it('find it waning sooner or later, and never a new one', () => {
    for (const given of lives.filter((life) => life > 5)) {
      expect(isWaning(given, given)).toBe(false);
      let left = given;
      for (let looks = 0; !isWaning(left, given); looks += 1) {
        expect(looks).toBeLessThan(3);
        left -= nextLook(left, 0);
        expect(left).toBeGreaterThan(0);
      }
    }
  });

  it('come at most each second, at least as often as asked, and more seldom after failures', () => {
    for (const left of [-5, 0, 0.1]) expect(nextLook(left, 0)).toBe(1);
    expect(nextLook(3600, 0.5, 30)).toBe(30);
    expect([0, 1, 2, 3, 20].map(pauseAfter)).toEqual([0, 5, 10, 20, 300]);
  });
});
