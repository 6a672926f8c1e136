import { describe, expect, it } from 'vitest';
import { parseJsonExport } from '../../../src/infisical/import/json-export.ts';
import { assertMovable, withReferences } from '../../../src/infisical/import/values.ts';

describe('a JSON export', () => {
  it('is one flat map, or one of computed values', () => {
    expect(Object.fromEntries(parseJsonExport('{"A":"1","B":""}'))).toEqual({ A: '1', B: '' });
    const computed = '{"A":{"raw":"${B}","computed":"2"},"B":{"raw":"2","computed":"2"}}';
    expect(Object.fromEntries(parseJsonExport(computed))).toEqual({ A: '2', B: '2' });
  });

  it.each([
    ['no JSON', 'canary'],
    ['a list', '["canary"]'],
    ['a number', '{"A":5}'],
    ['a map inside', '{"A":{"b":"canary"}}'],
  ])('is refused for %s, without a value in the message', (_, text) => {
    expect(() => parseJsonExport(text)).toThrow(/^(?!.*canary)/s);
  });
});

describe('what Infisical would change', () => {
  it.each([' a', 'a ', '\ta', 'a\n\n', '\na', 'a \n'])('is refused: %j', (value) => {
    expect(() => {
      assertMovable(new Map([['A', value]]));
    }).toThrow(/A: white space around the value/);
  });

  it.each(['a', '', 'a\n', 'a\n b\nc', '${x}'])('and what it keeps is not: %j', (value) => {
    expect(() => {
      assertMovable(new Map([['A', value]]));
    }).not.toThrow();
  });

  it.each(['a b', 'a/b', 'a:b', ''])('a name that it refuses is: %j', (name) => {
    expect(() => {
      assertMovable(new Map([[name, 'canary']]));
    }).toThrow(/no name that Infisical takes(?!.*canary)/s);
  });

  it('values with a reference are named', () => {
    const values = new Map([
      ['A', 'x${B}'],
      ['B', '$B'],
    ]);
    expect(withReferences(values)).toEqual(['A']);
  });
});
