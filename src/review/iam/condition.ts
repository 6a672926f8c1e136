import ipaddr from 'ipaddr.js';
import { matches } from './glob.ts';
import { DocumentUnreadable } from './unreadable.ts';

/** One line of a statement's `Condition` (IAM JSON policy reference). */
export interface Condition {
  /** As written, e.g. `ForAllValues:StringEquals`. */
  readonly operator: string;
  /** Lower case, as IAM compares keys. */
  readonly key: string;
  /** Sorted. */
  readonly values: readonly string[];
}

/** What a request says of itself: lower-case key to its values. */
export type Context = Readonly<Record<string, readonly string[]>>;

type Test = (value: string, wanted: string) => boolean;

const lower = (text: string) => text.toLowerCase();
const numeric =
  (compare: (a: number, b: number) => boolean): Test =>
  (value, wanted) =>
    compare(Number(value), Number(wanted));
const dated =
  (compare: (a: number, b: number) => boolean): Test =>
  (value, wanted) =>
    compare(Date.parse(value), Date.parse(wanted));

/** Operators of IAM that say yes to one value (IAM JSON policy elements: condition operators). */
const positive: Readonly<Record<string, Test>> = {
  StringEquals: (value, wanted) => value === wanted,
  StringEqualsIgnoreCase: (value, wanted) => lower(value) === lower(wanted),
  StringLike: (value, wanted) => matches(wanted, value),
  ArnEquals: (value, wanted) => arnMatches(wanted, value),
  ArnLike: (value, wanted) => arnMatches(wanted, value),
  Bool: (value, wanted) => lower(value) === lower(wanted),
  IpAddress: inNetwork,
  NumericEquals: numeric((a, b) => a === b),
  NumericLessThan: numeric((a, b) => a < b),
  NumericLessThanEquals: numeric((a, b) => a <= b),
  NumericGreaterThan: numeric((a, b) => a > b),
  NumericGreaterThanEquals: numeric((a, b) => a >= b),
  DateEquals: dated((a, b) => a === b),
  DateLessThan: dated((a, b) => a < b),
  DateLessThanEquals: dated((a, b) => a <= b),
  DateGreaterThan: dated((a, b) => a > b),
  DateGreaterThanEquals: dated((a, b) => a >= b),
};

/** Their opposites: yes where none of the wanted values is met. */
const negative: Readonly<Record<string, string>> = {
  StringNotEquals: 'StringEquals',
  StringNotEqualsIgnoreCase: 'StringEqualsIgnoreCase',
  StringNotLike: 'StringLike',
  ArnNotEquals: 'ArnEquals',
  ArnNotLike: 'ArnLike',
  NotIpAddress: 'IpAddress',
  NumericNotEquals: 'NumericEquals',
  DateNotEquals: 'DateEquals',
};

export interface Operator {
  readonly quantifier: 'ForAllValues' | 'ForAnyValue' | undefined;
  readonly ifExists: boolean;
  readonly base: string;
  readonly negated: boolean;
}

/** @throws DocumentUnreadable  an operator that IAM does not have, or that is not known here */
export function parseOperator(written: string): Operator {
  const match = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(written);
  const [, quantifier, base = '', ifExists] = match ?? [];
  const negated = Object.hasOwn(negative, base);
  if (match === null || !(negated || Object.hasOwn(positive, base) || base === 'Null')) {
    throw new DocumentUnreadable(`the condition operator "${written}"`);
  }
  return {
    quantifier: quantifier as Operator['quantifier'],
    ifExists: ifExists !== undefined,
    base,
    negated,
  };
}

/** @throws DocumentUnreadable  as {@link parseOperator} */
export function holds(condition: Condition, context: Context): boolean {
  const { quantifier, ifExists, base, negated } = parseOperator(condition.operator);
  const there = Object.hasOwn(context, condition.key) ? context[condition.key] : undefined;
  const given = there?.length === 0 && quantifier === undefined ? undefined : there;
  if (base === 'Null') {
    const absent = there === undefined || there.length === 0;
    return condition.values.some((value) => (lower(value) === 'true') === absent);
  }
  if (given === undefined)
    return ifExists || quantifier === 'ForAllValues' || (negated && quantifier === undefined);
  const test = positive[negated ? (negative[base] ?? '') : base];
  if (test === undefined)
    throw new DocumentUnreadable(`the condition operator "${condition.operator}"`);
  const passes = (value: string) =>
    condition.values.some((wanted) => test(value, wanted)) !== negated;
  return quantifier === 'ForAnyValue' ? given.some(passes) : given.every(passes);
}

/** Part by part, so that a `*` in one part of an ARN does not reach into the next. */
function arnMatches(pattern: string, arn: string): boolean {
  const wanted = pattern.split(':');
  const given = arn.split(':');
  if (wanted.length < 6 || given.length < 6) return false;
  const rest = (parts: readonly string[]) => parts.slice(5).join(':');
  return (
    wanted.slice(0, 5).every((part, index) => matches(part, given[index] ?? '')) &&
    matches(rest(wanted), rest(given))
  );
}

function inNetwork(value: string, network: string): boolean {
  if (!ipaddr.isValid(value)) return false;
  const address = ipaddr.parse(value);
  const [base = '', bits] = network.split('/');
  if (!ipaddr.isValid(base)) return false;
  const start = ipaddr.parse(base);
  if (start.kind() !== address.kind()) return false;
  return address.match(
    start,
    bits === undefined ? (start.kind() === 'ipv4' ? 32 : 128) : Number(bits),
  );
}
