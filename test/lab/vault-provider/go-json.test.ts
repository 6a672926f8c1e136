import { describe, expect, it } from 'vitest';
import { goJson, normalJson } from '../../../lab/provider-protocol/go-json.ts';
import { duration } from '../../../lab/vault-provider/rows/auth-backend.ts';
import { seconds } from '../../../lab/vault-provider/rows/kv.ts';

describe('JSON as Go writes it', () => {
  it.each([
    ['{ "b": 1, "a": [ true, null ] }', '{"a":[true,null],"b":1}'],
    ['{"a":"<b> & c"}', String.raw`{"a":"\u003cb\u003e \u0026 c"}`],
    ['{"a":"\u2028"}', String.raw`{"a":"\u2028"}`],
    ['{"a":"é ☃ \\n \\""}', String.raw`{"a":"é ☃ \n \""}`],
    ['{"z":{"b":1,"a":2}}', '{"z":{"a":2,"b":1}}'],
  ])('%s', (text, expected) => {
    expect(normalJson(text)).toBe(expected);
  });

  it('leaves alone what is no JSON', () => {
    expect(normalJson('{')).toBe('{');
  });

  it('orders keys by their bytes', () => {
    expect(goJson({ é: 1, z: 2, A: 3 })).toBe('{"A":3,"z":2,"é":1}');
  });
});

describe('durations as Go writes them', () => {
  it.each([
    [0, '0s'],
    [5, '5s'],
    [60, '1m'],
    [65, '1m5s'],
    [900, '15m'],
    [3600, '1h'],
    [3605, '1h0m5s'],
    [5400, '1h30m'],
    [2764800, '768h'],
  ])('%i s is %s, and back', (count, text) => {
    expect(duration(count)).toBe(text);
    expect(seconds(text)).toBe(count);
  });
});
