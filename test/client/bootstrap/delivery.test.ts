import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NoDeliveryError, parseDelivery } from '../../../src/client/bootstrap/delivery.ts';

const envelope = {
  version: 1,
  consumer: 'unpoller',
  role_id: '6c0d9b1e-0000-4000-8000-000000000000',
  wrapping_token: 's.canary0123456789canary',
  accessor: 'b1e6c0d9-0000-4000-8000-000000000000',
  expires: '2026-01-31T12:00:00.123Z',
};
const parse = (content: unknown) =>
  parseDelivery(typeof content === 'string' ? content : JSON.stringify(content), 'the file');

describe('a delivery', () => {
  it('is an envelope, or the bare token with white space around', () => {
    expect(parse(envelope)).toEqual({
      wrappingToken: envelope.wrapping_token,
      roleId: envelope.role_id,
      accessor: envelope.accessor,
      consumer: 'unpoller',
      expires: new Date(envelope.expires),
    });
    expect(parse(` ${envelope.wrapping_token}\n`)).toMatchObject({
      wrappingToken: envelope.wrapping_token,
      roleId: undefined,
    });
    expect(parse({ version: 1, wrapping_token: envelope.wrapping_token })).toMatchObject({
      accessor: undefined,
    });
  });

  it.each(['', ' \n\t'])('is not there where there is %j', (content) => {
    expect(parse(content)).toBeUndefined();
  });

  it.each([
    ['another version', { ...envelope, version: 2 }],
    ['no token', { ...envelope, wrapping_token: undefined }],
    ['a token of another type', { ...envelope, wrapping_token: ['s.canary0123456789canary'] }],
    ['a token with a line end', { ...envelope, wrapping_token: 's.canary0123456789\r\ncanary' }],
    ['a role id with a quote', { ...envelope, role_id: 'canary"' }],
    ['an escape sequence', { ...envelope, consumer: '\u001b[2Jcanary' }],
    ['no time', { ...envelope, expires: 'canary' }],
    ['a time of no calendar', { ...envelope, expires: '2026-13-41T99:00:00Z' }],
    ['a list', [envelope]],
    ['cut off', JSON.stringify(envelope).slice(0, -9)],
    ['two lines', `${envelope.wrapping_token}\n${envelope.wrapping_token}`],
    ['too long', 'a'.repeat(5000)],
    ['binary', '\0canary\u0001'],
  ])('is refused, and not repeated, where it is %s', (_, content) => {
    expect(() => parse(content)).toThrow(NoDeliveryError);
    expect(() => parse(content)).toThrow(/^(?!.*canary).*the file/s);
  });

  it('is nothing else, whatever stands there', () => {
    const small = fc.jsonValue({ maxDepth: 1 });
    const anything = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.json({ maxDepth: 2 }),
      fc
        .record(
          {
            version: fc.oneof(fc.constant(1), small),
            wrapping_token: fc.oneof(fc.constant(envelope.wrapping_token), small),
            role_id: small,
            accessor: small,
            expires: small,
          },
          { requiredKeys: [] },
        )
        .map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(anything, (content) => {
        try {
          const delivery = parse(content);
          if (delivery === undefined) expect(content.trim()).toBe('');
          else expect(delivery.wrappingToken).toMatch(/^[A-Za-z0-9._-]{8,512}$/);
        } catch (error) {
          expect(error).toBeInstanceOf(NoDeliveryError);
        }
      }),
    );
  }, 60_000);
});
