import { isUnresolved, resolveJson, type Unresolved } from '../../synthesized/reference.ts';
import { blocksOf, type Json, type JsonObject } from '../../synthesized/resource.ts';
import { nothing, type Change } from './change.ts';
import { compareLimit, isLoose } from './limits.ts';
import { isBlock, type Meaning, type Meanings, type TypeMeaning } from './meaning.ts';
import { meaningOf } from './types.ts';
import type { Located } from './view.ts';

export type ArgumentChange = Pick<Change, 'verdict' | 'what' | 'before' | 'after'>;

/** What changes in the arguments of one resource, without what has a file of its own. */
export function argumentChanges(
  was: Located,
  is: Located,
  row: TypeMeaning,
): readonly ArgumentChange[] {
  const names = new Set([...Object.keys(was.resource.body), ...Object.keys(is.resource.body)]);
  return [...names].sort().flatMap((name) => {
    const sides = [
      valueOf(was, was.resource.body[name]),
      valueOf(is, is.resource.body[name]),
    ] as const;
    return between(name, meaningOf(row, name) ?? 'fixed', ...sides);
  });
}

/** As written, and what it stands for in its stack. */
interface Value {
  readonly written: Json | undefined;
  readonly of: Located;
  readonly resolved: Json | Unresolved | undefined;
}

function valueOf(of: Located, written: Json | undefined): Value {
  const resolved = written === undefined ? undefined : resolveJson(written, of.stack);
  return { written, of, resolved };
}

function between(
  what: string,
  meaning: Meaning,
  before: Value,
  after: Value,
): readonly ArgumentChange[] {
  const [old, now] = [before.resolved, after.resolved];
  if (JSON.stringify(old ?? null) === JSON.stringify(now ?? null)) return [];
  if (meaning === 'inert') return [];
  const told = (verdict: ArgumentChange['verdict']): readonly ArgumentChange[] => [
    { verdict, what, before: shown(old), after: shown(now) },
  ];
  if (isBlock(meaning)) return betweenBlocks(what, meaning, before, after) ?? told('UNKNOWN');
  if (isUnresolved(old) || isUnresolved(now)) return told('UNKNOWN');
  if (meaning === 'policy') return [];
  const verdict = compareLimit(meaning, old, now);
  return verdict === 'SAME' ? [] : told(verdict);
}

/** @returns undefined where they are not one block each */
function betweenBlocks(
  what: string,
  meaning: Meanings,
  before: Value,
  after: Value,
): readonly ArgumentChange[] | undefined {
  const [old, now] = [oneBlock(before.written), oneBlock(after.written)];
  if (old === undefined || now === undefined) return undefined;
  return [...new Set([...Object.keys(old), ...Object.keys(now)])]
    .sort()
    .flatMap((name) =>
      between(
        `${what}.${name}`,
        Object.hasOwn(meaning, name) ? (meaning[name] ?? 'fixed') : 'fixed',
        valueOf(before.of, old[name]),
        valueOf(after.of, now[name]),
      ),
    );
}

function oneBlock(written: Json | undefined): JsonObject | undefined {
  if (typeof written === 'string') return undefined;
  const blocks = blocksOf(written);
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
    const value = valueOf(located, body[name]);
    const meaning = meaningOf(row, name);
    const only = row.only?.[name];
    if (only !== undefined && !only.some((one) => one === value.resolved)) {
      return [unknown(name, value.resolved)];
    }
    return loose(name, meaning, value);
  });
}

function loose(
  what: string,
  meaning: Meaning | undefined,
  value: Value,
): readonly ArgumentChange[] {
  const { resolved } = value;
  if (meaning === undefined) {
    return resolved === null || resolved === undefined ? [] : [unknown(what, resolved)];
  }
  if (meaning === 'inert') return [];
  if (isBlock(meaning)) {
    const block = oneBlock(value.written);
    if (block === undefined) return [unknown(what, resolved)];
    const names = [...new Set([...Object.keys(block), ...Object.keys(meaning)])].sort();
    return names.flatMap((name) =>
      loose(
        `${what}.${name}`,
        Object.hasOwn(meaning, name) ? meaning[name] : undefined,
        valueOf(value.of, block[name]),
      ),
    );
  }
  if (isUnresolved(resolved)) return [unknown(what, resolved)];
  if (meaning === 'policy' || !isLoose(meaning, resolved)) return [];
  return [{ verdict: 'WIDENS', what, before: nothing, after: shown(resolved) }];
}

function unknown(what: string, value: unknown): ArgumentChange {
  return { verdict: 'UNKNOWN', what, before: nothing, after: shown(value) };
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return nothing;
  if (isUnresolved(value)) return value.unresolved;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
