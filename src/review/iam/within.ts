import { parseOperator, type Condition } from './condition.ts';
import type { Statement } from './document.ts';
import { covers } from './glob.ts';

/**
 * Whether everything that the policies `inner` allow is allowed by `outer`. Never true by mistake: each
 * allowance must be covered by one of the outer's, and what the outer denies must be denied by the inner.
 */
export function policiesWithin(inner: readonly Statement[], outer: readonly Statement[]): boolean {
  const of = (effect: Statement['effect'], all: readonly Statement[]) =>
    all.filter((statement) => statement.effect === effect).flatMap(single);
  return (
    of('Allow', inner).every((one) => of('Allow', outer).some((other) => coveredBy(one, other))) &&
    of('Deny', outer).every((one) => of('Deny', inner).some((other) => coveredBy(one, other)))
  );
}

/** One action and one resource each, so that several allowances may cover what one statement lists. */
export function single(statement: Statement): readonly Statement[] {
  const actions = statement.actions?.map((one) => [one]) ?? [undefined];
  const resources = statement.resources?.map((one) => [one]) ?? [undefined];
  return actions.flatMap((action) =>
    resources.map((resource) => ({ ...statement, actions: action, resources: resource })),
  );
}

export function coveredBy(inner: Statement, outer: Statement): boolean {
  return (
    setCovered([inner.actions, inner.notActions], [outer.actions, outer.notActions]) &&
    setCovered([inner.resources, inner.notResources], [outer.resources, outer.notResources]) &&
    principalsCovered(inner.principals, outer.principals) &&
    outer.conditions.every((condition) => inner.conditions.some((one) => implies(one, condition)))
  );
}

type Choice = readonly [these: readonly string[] | undefined, not: readonly string[] | undefined];

/** All of them where neither stands. */
function setCovered([these, not]: Choice, [outerThese, outerNot]: Choice): boolean {
  if (outerThese === undefined && outerNot === undefined) return true;
  if (outerThese !== undefined) {
    if (outerThese.includes('*')) return true;
    return these?.every((one) => outerThese.some((pattern) => covers(pattern, one))) ?? false;
  }
  if (not !== undefined) {
    return outerNot?.every((out) => not.some((pattern) => covers(pattern, out))) ?? true;
  }
  // Nothing that the outer takes out may meet what the inner has; with a wildcard in both nobody knows.
  return (
    these !== undefined &&
    (outerNot?.every((out) => these.every((one) => !mayMeet(one, out))) ?? true)
  );
}

function mayMeet(one: string, other: string): boolean {
  const open = (text: string) => /[*?]/.test(text);
  if (!open(one)) return covers(other, one);
  return open(other) || covers(one, other);
}

function principalsCovered(
  inner: Statement['principals'],
  outer: Statement['principals'],
): boolean {
  if (inner === undefined || outer === undefined) return inner === outer;
  if (outer['AWS']?.includes('*') === true) return true;
  return Object.entries(inner).every(([type, names]) =>
    names.every((name) => outer[type]?.includes(name) === true),
  );
}

const growing: ReadonlySet<string> = new Set([
  ...[
    'StringEquals',
    'StringEqualsIgnoreCase',
    'StringLike',
    'ArnEquals',
    'ArnLike',
    'Bool',
    'Null',
  ],
  ...['IpAddress', 'NumericEquals', 'DateEquals'],
]);

/** Whether a request that meets `inner` meets `outer`. Never true by mistake. */
function implies(inner: Condition, outer: Condition): boolean {
  if (inner.key !== outer.key) return false;
  const one = parseOperator(inner.operator);
  const other = parseOperator(outer.operator);
  const same = inner.operator === outer.operator;
  const exactForPattern =
    one.quantifier === other.quantifier &&
    one.ifExists === other.ifExists &&
    ((one.base === 'StringEquals' && other.base === 'StringLike') ||
      (one.base === 'ArnEquals' && other.base === 'ArnLike'));
  if (!same && !exactForPattern) return false;
  const wild = /Like|Arn/.test(other.base);
  const has = (values: readonly string[], value: string) =>
    values.some((pattern) => pattern === value || (wild && covers(pattern, value)));
  if (growing.has(one.base)) return inner.values.every((value) => has(outer.values, value));
  if (one.negated) return outer.values.every((value) => has(inner.values, value));
  return inner.values.join('\u0000') === outer.values.join('\u0000');
}
