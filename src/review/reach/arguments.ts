import { isUnresolved } from '../../synthesized/reference.ts';
import { blocksOf, type Json } from '../../synthesized/resource.ts';
import { nothing, type Change } from './change.ts';
import { compareLimit, isLoose } from './limits.ts';
import { isBlock, type Meaning, type Meanings, type TypeMeaning } from './meaning.ts';
import { meaningOf } from './types.ts';
import { at, type Located } from './view.ts';

export type ArgumentChange = Pick<Change, 'verdict' | 'what' | 'before' | 'after'>;

/** What changes in the arguments of one resource, without what has a file of its own. */
export function argumentChanges(
  was: Located,
  is: Located,
  row: TypeMeaning,
): readonly ArgumentChange[] {
  const names = new Set([...Object.keys(was.resource.body), ...Object.keys(is.resource.body)]);
  return [...names].sort().flatMap((name) => {
    // Two stacks may hold the same reference and mean different things by it.
    return between(name, meaningOf(row, name) ?? 'fixed', at(was, name), at(is, name));
  });
}

function between(
  what: string,
  meaning: Meaning,
  before: unknown,
  after: unknown,
): readonly ArgumentChange[] {
  if (JSON.stringify(before ?? null) === JSON.stringify(after ?? null)) return [];
  if (meaning === 'inert') return [];
  const told = (verdict: ArgumentChange['verdict']): readonly ArgumentChange[] => [
    { verdict, what, before: shown(before), after: shown(after) },
  ];
  if (isBlock(meaning)) return betweenBlocks(what, meaning, before, after) ?? told('UNKNOWN');
  if (isUnresolved(before) || isUnresolved(after)) return told('UNKNOWN');
  if (meaning === 'policy') return [];
  const verdict = compareLimit(meaning, before, after);
  return verdict === 'SAME' ? [] : told(verdict);
}

/** @returns undefined where they are not one block each, or not known */
function betweenBlocks(
  what: string,
  meaning: Meanings,
  before: unknown,
  after: unknown,
): readonly ArgumentChange[] | undefined {
  const [old, now] = [oneBlock(before), oneBlock(after)];
  if (old === undefined || now === undefined) return undefined;
  return [...new Set([...Object.keys(old), ...Object.keys(now)])]
    .sort()
    .flatMap((name) =>
      between(
        `${what}.${name}`,
        Object.hasOwn(meaning, name) ? (meaning[name] ?? 'fixed') : 'fixed',
        old[name],
        now[name],
      ),
    );
}

function oneBlock(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (isUnresolved(value)) return undefined;
  const blocks = blocksOf(value as Json | undefined);
  return blocks.length > 1 ? undefined : (blocks[0] ?? {});
}

/**
 * Of a new resource: what nobody has said the meaning of, what is not known before the apply, and what is less
 * strict than it could be.
 */
export function looseArguments(located: Located, row: TypeMeaning): readonly ArgumentChange[] {
  const { body } = located.resource;
  const names = [...new Set([...Object.keys(body), ...Object.keys(row.arguments)])].sort();
  return names.flatMap((name) => {
    const value = at(located, name);
    const meaning = meaningOf(row, name);
    const only = row.only?.[name];
    if (only !== undefined && !only.some((one) => one === value)) {
      return [unknown(name, value)];
    }
    return loose(name, meaning, value);
  });
}

function loose(
  what: string,
  meaning: Meaning | undefined,
  value: unknown,
): readonly ArgumentChange[] {
  if (meaning === undefined) return value === null ? [] : [unknown(what, value)];
  if (meaning === 'inert') return [];
  if (isBlock(meaning)) {
    const block = oneBlock(value);
    if (block === undefined) return [unknown(what, value)];
    const names = [...new Set([...Object.keys(block), ...Object.keys(meaning)])].sort();
    return names.flatMap((name) =>
      loose(
        `${what}.${name}`,
        Object.hasOwn(meaning, name) ? meaning[name] : undefined,
        block[name],
      ),
    );
  }
  if (isUnresolved(value)) return [unknown(what, value)];
  if (meaning === 'policy' || !isLoose(meaning, value)) return [];
  return [{ verdict: 'WIDENS', what, before: nothing, after: shown(value) }];
}

function unknown(what: string, value: unknown): ArgumentChange {
  return { verdict: 'UNKNOWN', what, before: nothing, after: shown(value) };
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return nothing;
  if (isUnresolved(value)) return value.unresolved;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
