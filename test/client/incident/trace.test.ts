import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { colonHex, trace } from '../../../src/client/incident/trace.ts';
import { parseEntry } from '../../../src/client/issuer/entry.ts';
import { ShapeError } from '../../../src/contract/shape.ts';

const hash = (text: string) => Promise.resolve(`hmac:${text}`);
const accessor = 'a1';

async function* lines(all: readonly string[]): AsyncGenerator<string> {
  for (const line of all) {
    await Promise.resolve();
    yield line;
  }
}
const traced = (...all: readonly unknown[]) =>
  trace(
    accessor,
    lines(all.map((one) => (typeof one === 'string' ? one : JSON.stringify(one)))),
    hash,
  );

const request = (id: string, path: string, more: object = {}) => ({
  id,
  operation: 'update',
  path,
  remote_address: '192.0.2.9',
  ...more,
});
const issued = {
  time: '2026-01-31T12:00:00Z',
  type: 'response',
  auth: { metadata: { role_name: 'secret-id-issuer' } },
  request: request('1', 'auth/approle/role/unpoller/secret-id'),
  response: { wrap_info: { token: 'hmac:w', wrapped_accessor: 'hmac:a1' } },
};

describe('a trace', () => {
  it('keeps a request that got no answer, and replaces one that did', async () => {
    const asked = {
      time: '2026-01-31T12:00:01Z',
      type: 'request',
      request: request('2', 'sys/wrapping/unwrap', { client_token: 'hmac:w' }),
    };
    expect((await traced(issued, asked)).steps.map(({ kind }) => kind)).toEqual([
      'issued',
      'unwrapped',
    ]);
    const answered = { ...asked, type: 'response', error: 'permission\ndenied\u001b[2J' };
    const { steps } = await traced(issued, asked, answered);
    expect(steps).toHaveLength(2);
    expect(steps[1]?.refused).toBe('permission denied [2J');
  });

  it('follows nothing of anybody else', async () => {
    const other = {
      time: '2026-01-31T12:00:01Z',
      type: 'response',
      request: request('2', 'sys/wrapping/unwrap', { client_token: 'hmac:other' }),
      response: { data: { secret_id: 'hmac:s' } },
    };
    expect((await traced(issued, other)).steps).toHaveLength(1);
    expect((await traced(other)).steps).toEqual([]);
  });

  it('takes any log whatsoever: what is no entry is counted, and nothing is thrown', async () => {
    const entry = fc.oneof(
      fc.json(),
      fc.string(),
      // Entries that hold the hash, and have any form.
      fc.record({ type: fc.jsonValue(), request: fc.jsonValue(), at: fc.constant('hmac:a1') }),
      fc.jsonValue().map((value) => ({ ...issued, request: value })),
      fc.jsonValue().map((value) => ({ ...issued, response: value, auth: value, has: 'hmac:a1' })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 20 }), async (all) => {
        const { steps, unreadable } = await traced(...all);
        expect(steps.length + unreadable).toBeLessThanOrEqual(all.length);
      }),
    );
  });
});

it('writes a serial number as the PKI does', () => {
  expect(colonHex('255')).toBe('ff');
  expect(colonHex('4660')).toBe('12:34');
  expect(colonHex('256')).toBe('01:00');
  expect(colonHex('0x10')).toBe('');
});

it('takes as an entry of the ledger what it wrote, and refuses all else with a sentence', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      try {
        parseEntry(value);
      } catch (error) {
        expect(error).toBeInstanceOf(ShapeError);
      }
    }),
  );
});
