import { mergeAcl } from '../acl/acl.ts';
import { compareAcl } from '../acl/compare.ts';
import { coveredBy } from '../iam/within.ts';
import type { Grant } from '../reach/grants/grant.ts';
import { compareLimit } from '../reach/limits.ts';
import { verdictOf, worst, type Verdict } from '../verdict.ts';
import type { Mark } from './payload.ts';
import { duration } from './words.ts';

export interface Marked {
  /** As after; as before where it is gone. */
  readonly grant: Grant;
  readonly mark: Mark;
  /** Each attribute that differs, in words; empty where it is the same, new or gone. */
  readonly differences: readonly string[];
}

/** Every grant of either side once, each with how it differs. */
export function marked(before: readonly Grant[], after: readonly Grant[]): readonly Marked[] {
  const old = grouped(before);
  const now = grouped(after);
  const keys = [...new Set([...now.keys(), ...old.keys()])].sort();
  return keys.flatMap((key) => compareGroup(old.get(key) ?? [], now.get(key) ?? []));
}

/** What it is about: several statements may speak of the same. */
function grouped(grants: readonly Grant[]): ReadonlyMap<string, readonly Grant[]> {
  const found = new Map<string, Grant[]>();
  for (const one of grants) {
    const key = JSON.stringify([one.subject, one.system, one.resource, one.effect]);
    const there = found.get(key);
    if (there === undefined) found.set(key, [one]);
    else there.push(one);
  }
  return found;
}

function compareGroup(before: readonly Grant[], after: readonly Grant[]): readonly Marked[] {
  const left = [...before];
  const same: Marked[] = [];
  const open: Grant[] = [];
  for (const grant of after) {
    const at = left.findIndex((one) => textOf(one) === textOf(grant));
    if (at < 0) open.push(grant);
    else {
      left.splice(at, 1);
      same.push({ grant, mark: 'same', differences: [] });
    }
  }
  const pairs = open.map((grant): Marked => {
    const was = left.shift();
    if (was !== undefined) return compare(was, grant);
    return { grant, mark: grant.unknown === undefined ? 'added' : 'unknown', differences: [] };
  });
  const gone = left.map((grant): Marked => ({ grant, mark: 'removed', differences: [] }));
  return [...same, ...pairs, ...gone];
}

/** All but the chain: by which resources it comes about is no reach of its own. */
function textOf({ chain, ...reach }: Grant): string {
  return JSON.stringify([reach, chain.length > 0]);
}

const marks: Readonly<Record<Verdict, Mark>> = {
  SAME: 'same',
  WIDENS: 'widened',
  NARROWS: 'narrowed',
  UNKNOWN: 'unknown',
};

function compare(was: Grant, is: Grant): Marked {
  const parts: readonly (readonly [Verdict, string])[] = [
    limit('life', 'lives', was.ttl, is.ttl, seconds),
    limit('life', 'at most', was.maxTtl, is.maxTtl, seconds),
    limit('uses', 'uses', was.uses, is.uses, (count) =>
      count === 0 ? 'without end' : String(count),
    ),
    addresses(was.cidrs, is.cidrs),
    what(was, is),
  ];
  const different = parts.filter(([verdict]) => verdict !== 'SAME');
  return {
    grant: is,
    mark: marks[worst(different.map(([verdict]) => verdict))],
    differences: different.map(([, words]) => words),
  };
}

const seconds = (value: number) => duration(value);

function limit(
  kind: 'life' | 'uses',
  name: string,
  before: number | undefined,
  after: number | undefined,
  words: (value: number) => string,
): readonly [Verdict, string] {
  const said = (value: number | undefined) => (value === undefined ? 'not told' : words(value));
  return [compareLimit(kind, before, after), `${name}: ${said(before)} → ${said(after)}`];
}

function addresses(
  before: readonly string[] | undefined,
  after: readonly string[] | undefined,
): readonly [Verdict, string] {
  const said = (list: readonly string[] | undefined) =>
    list === undefined ? 'not told' : list.length === 0 ? 'anywhere' : list.join(', ');
  const told = before !== undefined && after !== undefined;
  const verdict = told
    ? compareLimit('cidrs', before, after)
    : before === after
      ? 'SAME'
      : 'UNKNOWN';
  return [verdict, `from: ${said(before)} → ${said(after)}`];
}

/** What may be done, and on which conditions. */
function what(was: Grant, is: Grant): readonly [Verdict, string] {
  const said = ({ actions, conditions, unknown }: Grant) =>
    unknown ?? [actions.join(', '), ...conditions].join('; ');
  const words = `${said(was)} → ${said(is)}`;
  if (said(was) === said(is)) return ['SAME', words];
  if (was.unknown !== undefined || is.unknown !== undefined) return ['UNKNOWN', words];
  const verdict = decided(was, is);
  if (was.effect === 'allow' || verdict === 'UNKNOWN') return [verdict, words];
  // What denies more gives less.
  return [verdict === 'WIDENS' ? 'NARROWS' : verdict === 'NARROWS' ? 'WIDENS' : verdict, words];
}

function decided({ decides: was }: Grant, { decides: is }: Grant): Verdict {
  if (was?.by === 'acl' && is?.by === 'acl') {
    const changes = compareAcl(mergeAcl([[was.rule]]), mergeAcl([[is.rule]]));
    return changes === undefined ? 'UNKNOWN' : worst(changes.map(({ verdict }) => verdict));
  }
  if (was?.by === 'iam' && is?.by === 'iam') {
    const [one, other] = [was.statement, is.statement];
    const verdict = verdictOf(coveredBy(other, one), coveredBy(one, other));
    // Neither is within the other: something was gained, whatever was lost.
    return verdict;
  }
  return 'UNKNOWN';
}
