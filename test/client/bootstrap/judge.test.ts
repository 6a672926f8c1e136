import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  judgeLookup,
  judgeRefusedCertificate,
  judgeRefusedLogin,
  judgeUnwrap,
  type Expected,
} from '../../../src/client/bootstrap/judge.ts';
import { line, report } from '../../../src/client/bootstrap/verdict.ts';
import { verdicts } from '../../../src/client/verdict.ts';

const noon = new Date('2026-01-31T12:00:00Z');
const after = (seconds: number) => new Date(noon.getTime() + seconds * 1000);

const expected: Expected = {
  secretIdPath: 'auth/approle/role/unpoller/secret-id',
  wrapTtl: { min: 60, max: 600 },
  expires: noon,
  accessor: 'known',
  openedHere: undefined,
};
const wrapping = (creationPath: string, creationTtl = 300) =>
  ({ kind: 'wrapping', creationPath, creationTtl, creationTime: noon }) as const;
const refused = (serverTime: Date | undefined) =>
  ({ kind: 'refused', why: 'wrapping token is not valid or does not exist', serverTime }) as const;
const opened = (accessor: string) =>
  ({ kind: 'opened', secretId: 'x', accessor, ttl: 600 }) as const;

describe('a wrapping', () => {
  it('may be opened if this role’s issuer made it, within its bounds', () => {
    for (const ttl of [60, 300, 600]) {
      expect(judgeLookup(wrapping(expected.secretIdPath, ttl), expected)).toBeUndefined();
    }
  });

  it.each([
    ['auth/approle/role/unpoller/secret-id', 59, 'wrong-path'],
    ['auth/approle/role/unpoller/secret-id', 601, 'wrong-path'],
    ['auth/approle/role/unpoller/secret-id/', 300, 'wrong-path'],
    ['auth/approle/role/unpoller/custom-secret-id', 300, 'wrong-path'],
    ['auth/approle/role/unpoller2/secret-id', 300, 'wrong-path'],
    ['AUTH/approle/role/unpoller/secret-id', 300, 'wrong-path'],
    ['kv/data/unifi/tofu', 300, 'wrong-path'],
    ['sys/wrapping/wrap', 300, 're-wrapped'],
    ['sys/wrapping/rewrap', 300, 're-wrapped'],
    ['cubbyhole/response', 300, 're-wrapped'],
    ['cubbyhole/sys/wrapping', 300, 're-wrapped'],
  ])('of %s for %i s is %s', (path, ttl, name) => {
    expect(judgeLookup(wrapping(path, ttl), expected)).toMatchObject({ name, accessor: 'known' });
  });

  it('that is gone is expired from its end on by the server’s clock, and intercepted before', () => {
    const judged = (serverTime: Date | undefined, expires: Date | undefined = noon) =>
      judgeLookup(refused(serverTime), { ...expected, expires })?.name;
    expect(judged(after(-2))).toBe('intercepted');
    expect(judged(after(-1))).toBe('intercepted');
    // The server tells whole seconds: 12:00:00 may be any moment until 12:00:01.
    expect(judged(noon)).toBe('expired');
    expect(judged(after(3600))).toBe('expired');
    expect(judged(undefined)).toBe('intercepted');
    expect(judgeLookup(refused(after(3600)), { ...expected, expires: undefined })?.name).toBe(
      'intercepted',
    );
  });

  it('that is gone says so where this host may have been the one who opened it', () => {
    const verdict = judgeLookup(refused(after(-60)), { ...expected, openedHere: after(-90) });
    expect(verdict).toMatchObject({ name: 'intercepted' });
    expect(verdict?.why).toContain('may have been itself');
  });
});

describe('what is inside', () => {
  it('is used if it is what was announced, or nothing was', () => {
    expect(judgeUnwrap(opened('known'), expected)).toBeUndefined();
    expect(judgeUnwrap(opened('other'), { ...expected, accessor: undefined })).toBeUndefined();
  });

  it('is not used if something else was announced', () => {
    expect(judgeUnwrap(opened('other'), expected)).toMatchObject({
      name: 'wrong-path',
      accessor: 'other',
    });
  });
});

describe('a refused login', () => {
  const wrapped = { at: noon, ttl: 60, accessor: 'known' };
  it('is one of an expired SecretID from its end on', () => {
    const judged = (seconds: number, ttl = 60) =>
      judgeRefusedLogin(refused(after(seconds)), { ...wrapped, ttl }).name;
    expect(judged(58)).toBe('refused');
    expect(judged(60)).toBe('expired');
    expect(judged(1e6, 0)).toBe('refused');
  });

  it('is one of an expired certificate from its end on', () => {
    expect(judgeRefusedCertificate(refused(after(-2)), noon).name).toBe('refused');
    expect(judgeRefusedCertificate(refused(noon), noon)).toMatchObject({
      name: 'expired',
      remedy: expect.stringContaining('new SecretID') as string,
    });
    expect(judgeRefusedCertificate(refused(undefined), noon).name).toBe('refused');
  });
});

describe('whatever a server answers', () => {
  const anyDate = fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) });
  const anyAnswer = fc.oneof(
    fc.record({
      kind: fc.constant('wrapping' as const),
      creationPath: fc.oneof(fc.string({ unit: 'binary' }), fc.constant(expected.secretIdPath)),
      creationTime: anyDate,
      creationTtl: fc.double({ noNaN: true }),
    }),
    fc.record({
      kind: fc.constant('refused' as const),
      why: fc.string({ unit: 'binary' }),
      serverTime: fc.option(anyDate, { nil: undefined }),
    }),
    fc.record({
      kind: fc.constant('unreachable' as const),
      why: fc.string({ unit: 'binary' }),
      sealed: fc.boolean(),
    }),
  );

  it('is opened only if path and life are right, and is told in one line that a terminal can show', () => {
    fc.assert(
      fc.property(anyAnswer, (answer) => {
        const verdict = judgeLookup(answer, expected);
        const right =
          answer.kind === 'wrapping' &&
          answer.creationPath === expected.secretIdPath &&
          answer.creationTtl >= 60 &&
          answer.creationTtl <= 600;
        expect(verdict === undefined).toBe(right);
        if (verdict === undefined) return;
        expect(line('unpoller', verdict)).toMatch(/^[\x20-\x7e]+$/);
        const made = report('unpoller', 'host', verdict);
        expect(made.exit).toBe(verdicts[made.verdict]);
        expect(made.exit).not.toBe(0);
        expect(JSON.parse(JSON.stringify(made))).toEqual(made);
      }),
    );
  }, 60_000);
});
