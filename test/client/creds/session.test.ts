import {
  anything,
  assert,
  constantFrom,
  integer,
  option,
  property,
  record,
  string,
} from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { ShapeError } from '../../../src/contract/shape.ts';
import { clockWarning } from '../../../src/client/creds/clock.ts';
import { credentialProcessJson, sessionOf } from '../../../src/client/creds/session.ts';

// A loaded machine is slow, and that is no finding.
vi.setConfig({ testTimeout: 120_000 });

const data = {
  access_key: 'ASIAEXAMPLEEXAMPLE00',
  secret_key: 'canary/secret+key0000000000000000000000A',
  security_token: 'canary-token//////////wEaCXVzLWVhc3QtMiJH',
  ttl: 900,
};
const date = Date.parse('2026-11-24T12:00:00Z');

describe('a minted session', () => {
  it("ends by the server's clock, a second early, whatever this host's clock says", () => {
    for (const now of [0, date, date + 86_400_000]) {
      expect(sessionOf({ data, date }, now).expires).toBe(date + 899_000);
    }
    expect(credentialProcessJson(sessionOf({ data, date }, 0))).toBe(
      JSON.stringify({
        Version: 1,
        AccessKeyId: data.access_key,
        SecretAccessKey: data.secret_key,
        SessionToken: data.security_token,
        Expiration: '2026-11-24T12:14:59Z',
      }),
    );
  });

  it.each([
    ['a static key, which has no session token', { ...data, security_token: null }],
    ['no secret', { ...data, secret_key: '' }],
    ['a secret of two lines', { ...data, secret_key: `${data.secret_key}\nx` }],
    ['a key id that is none', { ...data, access_key: 'ASIA"EXAMPLEEXAMPLE' }],
    ['no life', { ...data, ttl: 0 }],
    ['a life that STS does not give', { ...data, ttl: 43_201 }],
    ['a life in words', { ...data, ttl: '900' }],
    ['a list', [data]],
    ['nothing', null],
  ])('is refused with %s, in words that hold none of it', (_, broken) => {
    let message = '';
    try {
      sessionOf({ data: broken, date }, date);
    } catch (error) {
      if (!(error instanceof ShapeError)) throw error;
      ({ message } = error);
    }
    expect(message).not.toBe('');
    expect(message).not.toContain('canary');
  });

  it('is a whole one or none, whatever the server answers', () => {
    const field = option(string({ maxLength: 40 }), { nil: undefined });
    const near = record({
      access_key: constantFrom(data.access_key, 'short', ''),
      secret_key: field,
      security_token: field,
      ttl: option(integer(), { nil: undefined }),
    });
    const clock = option(integer(), { nil: undefined });
    for (const answers of [near, anything()]) {
      assert(
        property(answers, clock, (answer, clockOfServer) => {
          try {
            const session = sessionOf({ data: answer, date: clockOfServer }, date);
            const printed = JSON.parse(credentialProcessJson(session)) as Record<string, unknown>;
            expect(answer).toMatchObject({ secret_key: printed['SecretAccessKey'] });
            expect(String(printed['Expiration'])).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
          } catch (error) {
            expect(error).toBeInstanceOf(ShapeError);
          }
        }),
        { numRuns: 300 },
      );
    }
  });
});

describe('a difference of the clocks', () => {
  const expires = date + 899_000;

  it('is not told while it does no harm', () => {
    expect(clockWarning({ minted: date, skew: 59_000, expires }, date)).toBeUndefined();
    expect(clockWarning({ minted: date, skew: -59_000, expires }, date)).toBeUndefined();
  });

  it('is named with its size and direction', () => {
    const behind = clockWarning({ minted: date, skew: 412_000, expires: expires + 412_000 }, date);
    expect(behind).toContain("the clock of this host is 412 s behind OpenBao's");
    const ahead = clockWarning({ minted: date, skew: -61_000, expires: expires - 61_000 }, date);
    expect(ahead).toContain("the clock of this host is 61 s ahead of OpenBao's");
  });

  it('is refused where every SDK would take the session for an old one', () => {
    const life = { minted: date, skew: -900_000, expires: date - 1000 };
    expect(() => clockWarning(life, date)).toThrow('900 s ahead of');
  });
});
