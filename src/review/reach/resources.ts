import { isUnresolved } from '../../synthesized/reference.ts';
import { blocksOf } from '../../synthesized/resource.ts';
import { argumentChanges, looseArguments, type ArgumentChange } from './arguments.ts';
import { nothing, type Change } from './change.ts';
import type { TypeMeaning } from './meaning.ts';
import { typeOf } from './types.ts';
import { at, place, textAt, type Located, type View } from './view.ts';

/** Every resource of every type: what is new, what is gone, and each argument that nobody has said to be harmless. */
export function compareResources(before: View, after: View): readonly Change[] {
  const [old, now] = [byIdentity(before), byIdentity(after)];
  // What the server tells it by has changed under one name in Terraform: still one resource, to be compared.
  const moved = new Map<string, readonly Located[]>();
  for (const [key, all] of old) {
    const [only, ...others] = all;
    if (only !== undefined && others.length === 0 && !now.has(key)) moved.set(address(only), all);
  }
  const keys = [...new Set([...old.keys(), ...now.keys()])].sort();
  const taken = new Set<readonly Located[]>();
  const pairs = keys.flatMap((key): (readonly [readonly Located[], readonly Located[]])[] => {
    const is = now.get(key);
    if (is === undefined) return [];
    const [only, ...others] = is;
    const was =
      old.get(key) ??
      (only === undefined || others.length > 0 ? undefined : moved.get(address(only)));
    if (was !== undefined) taken.add(was);
    return [[was ?? [], is]];
  });
  const gone = [...old.values()].filter((was) => !taken.has(was));
  return [...pairs, ...gone.map((was) => [was, []] as const)].flatMap(([was, is]) =>
    compareSame(was, is),
  );
}

function address({ resource }: Located): string {
  return `${resource.stack} ${resource.address}`;
}

function byIdentity({ all }: View): ReadonlyMap<string, readonly Located[]> {
  const found = new Map<string, Located[]>();
  for (const located of all) {
    const key = identity(located);
    const there = found.get(key);
    if (there === undefined) found.set(key, [located]);
    else there.push(located);
  }
  return found;
}

/** What the server tells it by, so that another name in Terraform hides no change. */
function identity(located: Located): string {
  const { stack, mode, type, address } = located.resource;
  const row = typeOf(located.resource);
  const key = row?.key ?? (row?.name === undefined ? [] : [row.name]);
  const values = key.map((name) => at(located, name) ?? null);
  const known = key.length > 0 && !values.some((value) => value === null || isUnresolved(value));
  return JSON.stringify([stack, mode, type, known ? values : address]);
}

function compareSame(was: readonly Located[], is: readonly Located[]): readonly Change[] {
  const [old, now] = [was[0], is[0]];
  if (was.length <= 1 && is.length <= 1) {
    if (old !== undefined && now !== undefined) return compareOne(old, now);
    return now === undefined ? (old === undefined ? [] : gone(old)) : fresh(now);
  }
  // The server has one thing of that name, and whoever writes it last decides.
  const bodies = (all: readonly Located[]) =>
    JSON.stringify(all.map(({ resource }) => [resource.address, resource.body]));
  const here = now ?? old;
  if (here === undefined || bodies(was) === bodies(is)) return [];
  return [
    {
      ...{ verdict: 'UNKNOWN', subject: subjectOf(here), what: 'several resources write it' },
      before: was.map(place).join(', ') || nothing,
      after: is.map(place).join(', ') || nothing,
      chain: is.map(place),
    },
  ];
}

export function subjectOf(located: Located): string {
  const row = typeOf(located.resource);
  const name = row?.name === undefined ? undefined : textAt(located, row.name);
  return `${row?.subject ?? located.resource.type} ${name ?? located.resource.name}`;
}

function whole(
  located: Located,
  verdict: Change['verdict'],
  what: string,
  side: 'before' | 'after',
): Change {
  return {
    ...{ verdict, subject: subjectOf(located), what, chain: [place(located)] },
    before: side === 'before' ? 'there' : nothing,
    after: side === 'after' ? 'there' : nothing,
  };
}

const unknownType = ({ resource }: Located) =>
  `${resource.address}: a type that this review does not know`;

function fresh(located: Located): readonly Change[] {
  const row = typeOf(located.resource);
  if (row === undefined) return [whole(located, 'UNKNOWN', unknownType(located), 'after')];
  const changes = looseArguments(located, row).map((one) => withArgument(located, one));
  switch (row.created) {
    case 'widens':
      return [whole(located, 'WIDENS', 'new', 'after'), ...changes];
    case 'unknown':
      return [whole(located, 'UNKNOWN', 'new', 'after'), ...changes];
    case 'nothing':
    case 'by its policies':
      return changes;
  }
}

const goneVerdict = { narrows: 'NARROWS', widens: 'WIDENS', unknown: 'UNKNOWN' } as const;

function gone(located: Located): readonly Change[] {
  const row = typeOf(located.resource);
  if (row === undefined) return [whole(located, 'UNKNOWN', unknownType(located), 'before')];
  const { removed } = row;
  if (removed === 'nothing' || removed === 'by its policies') return [];
  const what = removed === 'narrows' ? 'gone' : 'a guard that is gone';
  return [whole(located, goneVerdict[removed], what, 'before')];
}

function compareOne(was: Located, is: Located): readonly Change[] {
  const row = typeOf(is.resource);
  const changes = argumentChanges(was, is, row ?? nobodyKnows);
  return changes
    .map((one) => (isIgnored(is, one) ? { ...one, verdict: 'UNKNOWN' as const } : one))
    .map((one) => withArgument(is, one));
}

const nobodyKnows: TypeMeaning = {
  ...{ subject: '', arguments: {} },
  created: 'unknown',
  removed: 'unknown',
};

/** A narrowing that Terraform is told to ignore does not happen. */
function isIgnored({ resource }: Located, { verdict, what }: ArgumentChange): boolean {
  if (verdict !== 'NARROWS') return false;
  const [argument = ''] = what.split('.');
  return blocksOf(resource.body['lifecycle']).some(({ ignore_changes: ignored }) => {
    const names: readonly unknown[] = Array.isArray(ignored) ? ignored : [ignored];
    return names.some(
      (one) => typeof one === 'string' && (one === 'all' || one.split(/[.[]/)[0] === argument),
    );
  });
}

function withArgument(located: Located, change: ArgumentChange): Change {
  return { ...change, subject: subjectOf(located), chain: [place(located)] };
}
