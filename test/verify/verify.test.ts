import { describe, expect, it } from 'vitest';
import { resolveBackbone } from '../../src/model/backbone.ts';
import { programIdentities } from '../../src/model/names.ts';
import { consumerAcl } from '../../policies/openbao/consumer.ts';
import { renderAcl } from '../../policies/openbao/acl.ts';
import { allows, mergeAcl, type Operation } from '../../src/review/acl/acl.ts';
import { parseAcl } from '../../src/review/acl/parse.ts';
import { within } from '../../src/verify/addresses.ts';
import type { Attempt } from '../../src/verify/attempt.ts';
import { consumerAttempts } from '../../src/verify/attempts/consumer.ts';
import { officialAttempts } from '../../src/verify/attempts/program.ts';
import { exitCodeOf, outcomeOf, type Tried } from '../../src/verify/case.ts';
import { inOrder } from '../../src/verify/report.ts';
import { Gone, Interrupted, Results } from '../../src/verify/results.ts';
import { declare } from '../fixtures/declaration.ts';

const backbone = resolveBackbone(declare());

const one = (expected: Tried['expected'], got: Tried['got']): Tried => ({
  ...{ who: 'a', kind: 'login', tries: 'it', expected, got, way: '-', said: '' },
});

describe('an outcome', () => {
  it.each([
    ['allowed', 'allowed', 'as expected'],
    ['denied', 'denied', 'as expected'],
    ['denied', 'allowed', 'open'],
    ['allowed', 'denied', 'shut'],
    ['denied', 'could not', 'could not'],
    ['denied', 'not tried', 'not tried'],
  ] as const)('expected %s, got %s: %s', (expected, got, outcome) => {
    expect(outcomeOf({ expected, got })).toBe(outcome);
  });

  it('gives the exit status of the worst, and nothing tried is no success', () => {
    const fine = one('denied', 'denied');
    expect(exitCodeOf([fine, one('denied', 'not tried')])).toBe(0);
    expect(exitCodeOf([fine, one('denied', 'could not')])).toBe(1);
    expect(exitCodeOf([one('denied', 'could not'), one('allowed', 'denied')])).toBe(2);
    expect(exitCodeOf([one('allowed', 'denied'), one('denied', 'allowed'), fine])).toBe(3);
    expect(exitCodeOf([])).toBe(1);
  });

  it('is shown with what is open first', () => {
    const tried = [one('denied', 'denied'), one('allowed', 'denied'), one('denied', 'allowed')];
    expect(inOrder(tried).map(outcomeOf)).toEqual(['open', 'shut', 'as expected']);
  });
});

describe('the cases of a consumer', () => {
  const operation = ({ request: { method } }: Attempt): Operation =>
    method === 'LIST'
      ? 'list'
      : method === 'GET'
        ? 'read'
        : method === 'DELETE'
          ? 'delete'
          : 'update';

  it.each(backbone.consumers.map((consumer) => [consumer.name, consumer] as const))(
    'of %s expect what its own policy says, and nothing else',
    (_, consumer) => {
      const acl = mergeAcl([parseAcl(renderAcl(consumerAcl(consumer)))]);
      const attempts = consumerAttempts(backbone, consumer);
      expect(attempts.length).toBeGreaterThan(8);
      for (const attempt of attempts) {
        const { request } = attempt;
        const [path = '', query] = request.path.split('?');
        const body = { ...((request.body ?? {}) as Record<string, string>) };
        const parameters = query === undefined ? body : { version: '1' };
        const may = allows(acl, { path, operation: operation(attempt), parameters });
        expect(may, attempt.tries).toBe(attempt.expected === 'allowed');
      }
    },
  );

  it('cover each secret and profile, granted or not', () => {
    for (const consumer of backbone.consumers) {
      const paths = consumerAttempts(backbone, consumer).map(({ request }) => request.path);
      expect(paths).toEqual(
        expect.arrayContaining(backbone.secrets.map(({ dataPath }) => dataPath)),
      );
    }
  });

  it('write with a version that nobody has, so that a wrong answer changes nothing', () => {
    const all = [
      ...backbone.consumers.flatMap((consumer) => consumerAttempts(backbone, consumer)),
      ...programIdentities.flatMap((identity) => officialAttempts(backbone, identity)),
    ];
    const writes = all.filter(
      ({ request: { method, path } }) => method !== 'GET' && path.startsWith('kv/data/'),
    );
    expect(writes.length).toBeGreaterThan(0);
    for (const { request } of writes) {
      expect(request.body).toMatchObject({ options: { cas: 2_147_483_646 } });
    }
    expect(all.filter(({ request }) => request.method === 'DELETE')).toEqual([]);
  });
});

describe('results', () => {
  const question = { who: 'a', kind: 'login', tries: 'it', expected: 'denied' } as const;

  it('end with the server: what would follow is not worth the waiting', async () => {
    const results = new Results(() => undefined, new AbortController().signal);
    const gone = { got: 'could not', said: 'cannot reach OpenBao at https://x: refused' } as const;
    await expect(results.try(question, '-', () => Promise.resolve(gone))).rejects.toThrow(Gone);
    expect(exitCodeOf(results.all)).toBe(1);
  });

  it('end before the next request where they are told to', async () => {
    const controller = new AbortController();
    const results = new Results(() => undefined, controller.signal);
    controller.abort();
    let asked = false;
    const work = () => {
      asked = true;
      return Promise.resolve({ got: 'denied', said: '' } as const);
    };
    await expect(results.try(question, '-', work)).rejects.toThrow(Interrupted);
    expect(asked).toBe(false);
  });

  it('tell a surprise at once', async () => {
    const lines: string[] = [];
    const results = new Results((line) => lines.push(line), new AbortController().signal);
    await results.try(question, '-', () => Promise.resolve({ got: 'allowed', said: '' } as const));
    expect(lines).toEqual(['OPEN: a: it works, and must not']);
  });
});

describe('an address', () => {
  it.each([
    ['192.0.2.7', ['192.0.2.7/32'], true],
    ['192.0.2.8', ['192.0.2.7/32'], false],
    ['192.0.2.200', ['192.0.2.128/25'], true],
    ['192.0.2.127', ['192.0.2.128/25'], false],
    ['2001:db8::1', ['192.0.2.0/24', '2001:db8::/64'], true],
    ['2001:db8:1::1', ['192.0.2.0/24', '2001:db8::/64'], false],
  ])('%s in %j: %s', (address, cidrs, expected) => {
    expect(within(address, cidrs)).toBe(expected);
  });
});
