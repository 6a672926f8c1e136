import { describe, expect, it } from 'vitest';
import { decodeValue, encodeValue } from '../../../lab/provider-protocol/dynamic-value.ts';
import { fromJson, unknown, type Type, type Value } from '../../../lab/provider-protocol/value.ts';

const roundTrip = (value: Value, type: Type) => decodeValue(encodeValue(value, type), type);

describe('values on the wire', () => {
  it.each<[string, Type, Value]>([
    ['nothing', 'string', null],
    ['text with line breaks, quotes and a template', 'string', 'a\n"b" $${c} %{d} é ☃ \u0000'],
    ['a number', 'number', 900],
    ['a negative number', 'number', -1],
    ['a fraction', 'number', 0.1],
    ['a number above 2^53', 'number', 9007199254740993n],
    ['what is not known yet', 'string', unknown],
    ['a list with an unknown', ['list', 'string'], ['a', unknown]],
    ['a map', ['map', 'string'], { a: 'b', __proto: 'c' }],
    [
      'an object with a missing field',
      ['object', { a: 'string', b: ['list', 'bool'] }],
      { a: 'x', b: null },
    ],
    ['an empty list', ['list', 'string'], []],
  ])('survive the way there and back: %s', (_, type, value) => {
    expect(roundTrip(value, type)).toEqual(value);
  });

  it('write unknown as Terraform does: extension 0 with one zero byte', () => {
    expect([...encodeValue(unknown, 'string')]).toEqual([0xd4, 0x00, 0x00]);
  });

  it('read a refined unknown (extension 12) as unknown', () => {
    // {1: false} in an extension of three bytes: "not null".
    expect(decodeValue(new Uint8Array([0xc7, 0x03, 0x0c, 0x81, 0x01, 0xc2]), 'string')).toBe(
      unknown,
    );
  });

  it('read a number that comes as text, as a fraction does', () => {
    expect(decodeValue(encodeValue('0.1', 'string'), 'number')).toBe(0.1);
  });

  it('give every attribute of an object, null where unset', () => {
    const type: Type = ['object', { a: 'string', b: 'number' }];
    expect(decodeValue(encodeValue({ a: 'x' }, type), type)).toEqual({ a: 'x', b: null });
  });

  it('have one order for sets, and no member twice', () => {
    const type: Type = ['set', 'string'];
    expect(decodeValue(encodeValue(['b', 'a', 'b'], ['list', 'string']), type)).toEqual(['a', 'b']);
  });
});

describe('answers of the server as values', () => {
  it('turn numbers into text and text into numbers where the schema says so', () => {
    expect(fromJson(5, 'string')).toBe('5');
    expect(fromJson('5', 'number')).toBe(5);
    expect(fromJson('true', 'bool')).toBe(true);
    expect(fromJson({ a: 1 }, ['map', 'string'])).toEqual({ a: '1' });
  });

  it('are refused where they cannot be one, without a word of their content', () => {
    expect(() => fromJson({ canary: 'canary' }, 'string')).toThrow(/^a object where a string/);
    expect(() => fromJson('canary', 'number')).toThrow(/^(?!.*canary)/);
    expect(() => fromJson('canary', ['list', 'string'])).toThrow(/^(?!.*canary)/);
  });
});
