import { expect, it } from 'vitest';
import { asIn, literal, resolvedBy, sensitive } from '../../../src/review/plan/overlay.ts';
import { parsePlan } from '../../../src/review/plan/plan.ts';
import type { Json, Stack } from '../../../src/synthesized/resource.ts';

const stack: Stack = { name: 'x', resources: [], blocks: {} };
const call = '${upper("a")}';
const facts = { value: undefined, hidden: undefined, unknown: undefined };

it('an expression has the value of the plan, where it may be known', () => {
  expect(resolvedBy(call, stack, { ...facts, value: 'A' })).toBe('A');
  expect(resolvedBy({ a: call, b: 1 }, stack, { ...facts, value: { a: 'A', b: 2 } })).toEqual({
    a: 'A',
    b: 1,
  });
  expect(resolvedBy([call, 'b'], stack, { ...facts, value: ['A', 'b'] })).toEqual(['A', 'b']);
});

it.each<[string, { value: Json; hidden?: Json; unknown?: Json }]>([
  ['null, as of a write-only argument', { value: null }],
  ['sensitive', { value: 'A', hidden: true }],
  ['known after the apply', { value: 'A', unknown: true }],
])('an expression stays one where its value is %s', (_, given) => {
  expect(resolvedBy(call, stack, { ...facts, ...given })).toBe(call);
});

it('a list of which one part is sensitive is not shown at all', () => {
  expect(
    resolvedBy([call, 'b'], stack, { ...facts, value: ['A', 'b'], hidden: [true, false] }),
  ).toEqual([call, 'b']);
});

it('text of a server is no expression', () => {
  const written = literal('a${aws:username}%{b}$c', undefined);
  expect(written).toBe('a$${aws:username}%%{b}$c');
  expect(literal({ a: ['x'] }, { a: [true] })).toEqual({ a: [sensitive] });
  expect(literal({ a: { b: 'x' } }, { a: true })).toEqual({ a: sensitive });
});

it('only what differs is taken from the server, in a block as well', () => {
  const written = { ttl: 60, name: 'a', tune: [{ max: '1h' }] };
  const to = { ttl: 60, name: 'a', tune: [{ max: '1h', seen: '' }], id: 'x' };
  expect(asIn(written, { from: to, to, hidden: undefined })).toBe(written);
  const from = { ttl: 900, name: 'a', tune: [{ max: '2h', seen: '' }], id: 'x' };
  expect(asIn(written, { from, to, hidden: undefined })).toEqual({
    ttl: 900,
    name: 'a',
    tune: [{ max: '2h' }],
  });
  expect(asIn(written, { from, to, hidden: { ttl: true } })).toMatchObject({ ttl: sensitive });
});

it('nothing, null and an empty list are the same', () => {
  expect(asIn({}, { from: { a: [], b: null }, to: {}, hidden: undefined })).toEqual({});
});

it.each([
  ['no JSON', 'x'],
  ['another format', JSON.stringify({ format_version: '2.0', configuration: {} })],
  ['a state', JSON.stringify({ format_version: '1.0', values: {} })],
])('%s is no plan', (_, text) => {
  expect(() => parsePlan(text, 'a.json')).toThrow('a.json is no plan');
});

it('a plan that failed says nothing', () => {
  const text = JSON.stringify({ format_version: '1.2', errored: true, configuration: {} });
  expect(() => parsePlan(text, 'a.json')).toThrow('failed');
});
