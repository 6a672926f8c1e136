import { describe, expect, it } from 'vitest';
import {
  plan,
  refresh,
  settle,
  withoutUnknowns,
  type Rules,
} from '../../../lab/vault-provider/plan.ts';
import type { Schema } from '../../../lab/provider-protocol/schema.ts';
import { unknown, type Type, type Value } from '../../../lab/provider-protocol/value.ts';

const flags = {
  required: false,
  optional: true,
  computed: false,
  sensitive: false,
  deprecated: false,
  write_only: false,
};
const attribute = (type: Type, more: Partial<typeof flags> = {}) => ({ ...flags, type, ...more });

const schema: Schema = {
  version: 0,
  block: {
    attributes: {
      id: attribute('string', { computed: true }),
      name: attribute('string'),
      json: attribute('string'),
      ttl: attribute('number'),
      flag: attribute('bool'),
      policies: attribute(['set', 'string']),
      secret: attribute('string', { write_only: true }),
      tune: attribute(['list', ['object', { ttl: 'string', keys: ['list', 'string'] }]]),
    },
    block_types: {
      meta: {
        nesting_mode: 'list',
        min_items: 0,
        max_items: 1,
        block: { attributes: { a: attribute('string') }, block_types: {} },
      },
    },
  },
};

const rules: Rules = {
  name: { forceNew: true },
  flag: { default: true },
  json: {
    normalize: (text) => text.replaceAll(' ', ''),
    same: (a, b) => a.toLowerCase() === b.toLowerCase(),
  },
  meta: { computed: true },
};

const config = (values: Record<string, Value> = {}) => ({
  ...{ id: null, name: 'a', json: null, ttl: null, flag: null, policies: null },
  ...{ secret: null, tune: null, meta: [] },
  ...values,
});

describe('a plan', () => {
  it('has unknown computed attributes and defaults for something new', () => {
    const { planned, replace } = plan(schema, rules, null, config());
    expect(planned).toMatchObject({ id: unknown, flag: true, ttl: null, meta: [] });
    expect(replace).toEqual([]);
  });

  it('never holds a write-only value', () => {
    const { planned } = plan(schema, rules, null, config({ secret: 'canary' }));
    expect(planned['secret']).toBeNull();
  });

  it('keeps computed attributes of what exists', () => {
    const prior = config({ id: 'x', flag: true });
    expect(plan(schema, rules, prior, config()).planned['id']).toBe('x');
  });

  it.each<[string, Value]>([
    ['ttl', 0],
    ['json', ''],
    ['policies', []],
  ])('takes %s unset for the zero value that the state has', (name, zero) => {
    const prior = config({ id: 'x', flag: true, [name]: zero });
    expect(plan(schema, rules, prior, config()).planned).toEqual(prior);
  });

  it('removes what is no longer configured and is not zero', () => {
    const prior = config({ id: 'x', flag: true, ttl: 5 });
    expect(plan(schema, rules, prior, config()).planned['ttl']).toBeNull();
  });

  it('takes false for nothing after an import, but not on create', () => {
    const prior = config({ id: 'x' });
    expect(plan(schema, rules, prior, config({ flag: false })).planned['flag']).toBeNull();
    expect(plan(schema, rules, null, config({ flag: false })).planned['flag']).toBe(false);
  });

  it('plans text in its normal form, and leaves what only reads differently', () => {
    expect(plan(schema, rules, null, config({ json: '{ }' })).planned['json']).toBe('{}');
    const prior = config({ id: 'x', json: '{"A"}' });
    expect(plan(schema, rules, prior, config({ json: '{"a"}' })).planned['json']).toBe('{"A"}');
    expect(plan(schema, rules, prior, config({ json: '{"b"}' })).planned['json']).toBe('{"b"}');
  });

  it('replaces for a name that changes, and for one that is not known yet, but not for another ttl', () => {
    const prior = config({ id: 'x', flag: true });
    expect(plan(schema, rules, prior, config({ name: 'b' })).replace).toEqual(['name']);
    expect(plan(schema, rules, prior, config({ name: unknown })).replace).toEqual(['name']);
    expect(plan(schema, rules, prior, config({ ttl: 1 })).replace).toEqual([]);
  });

  it('compares objects in lists field by field', () => {
    const prior = config({ id: 'x', flag: true, tune: [{ ttl: '1h', keys: [] }] });
    const same = config({ tune: [{ ttl: '1h', keys: null }] });
    expect(plan(schema, rules, prior, same).planned).toEqual(prior);
    const other = config({ tune: [{ ttl: '2h', keys: null }] });
    expect(plan(schema, rules, prior, other).planned['tune']).toEqual([{ ttl: '2h', keys: [] }]);
  });

  it('keeps computed blocks that are not configured', () => {
    const prior = config({ id: 'x', flag: true, meta: [{ a: 'b' }] });
    expect(plan(schema, rules, prior, config()).planned['meta']).toEqual([{ a: 'b' }]);
  });
});

describe('the state after an apply', () => {
  it.each<[string, Type, Value, Value, Value]>([
    ['takes what was read for what was unknown', 'string', unknown, 'id-1', 'id-1'],
    ['takes what the server made of a value', 'number', 5, 7, 7],
    ['keeps what the server does not tell', 'string', 'a', null, 'a'],
    ['keeps an unset collection unset', ['list', 'string'], null, [], null],
    ['keeps an empty collection empty', ['set', 'string'], [], null, []],
    ['keeps a set as planned', ['set', 'string'], ['10.0.0.1/32'], ['10.0.0.1'], ['10.0.0.1/32']],
    ['takes a longer list', ['list', 'string'], ['a'], ['a', 'b'], ['a', 'b']],
    [
      'takes map entries the server added',
      ['map', 'string'],
      { a: '1' },
      { a: '1', b: '2' },
      { a: '1', b: '2' },
    ],
  ])('%s', (_, type, planned, found, expected) => {
    expect(settle(type, planned, found)).toEqual(expected);
  });
});

describe('the state after a refresh', () => {
  it('is what was read, save that an empty text or list does not become nothing', () => {
    expect(refresh('', null)).toBe('');
    expect(refresh([], null)).toEqual([]);
    expect(refresh('a', null)).toBeNull();
    expect(refresh('a', 'b')).toBe('b');
  });
});

it('a plan without its unknowns has nothing in their place', () => {
  expect(withoutUnknowns({ a: unknown, b: [unknown, 1], c: { d: unknown } })).toEqual({
    a: null,
    b: [null, 1],
    c: { d: null },
  });
});
