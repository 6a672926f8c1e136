import { at, type Located } from '../../../src/review/reach/view.ts';
import type { Json, JsonObject } from '../../../src/synthesized/resource.ts';
import { found, type Found } from './rule.ts';

const unit: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/**
 * A number, or a duration in seconds; undefined where it is not set. NaN where only the apply tells it: no
 * comparison with it holds, so write each as "is it within bounds", never as "is it outside".
 */
export function numberAt(located: Located, name: string): number | undefined {
  return asNumber(at(located, name));
}

export function asNumber(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number') return value;
  const match = typeof value === 'string' ? /^(\d+)([smhd]?)$/.exec(value) : null;
  return match === null ? Number.NaN : Number(match[1]) * (unit[match[2] ?? ''] ?? 1);
}

/** Whether it is surely the boolean `wanted`; not set, and not known, are neither. */
export function isFlag(located: Located, name: string, wanted: boolean): boolean {
  return meansFlag(at(located, name), wanted);
}

export function meansFlag(value: unknown, wanted: boolean): boolean {
  return value === wanted || value === String(wanted);
}

/** Whether it is not set, or surely the boolean `wanted`. */
export function isFlagOrUnset(located: Located, name: string, wanted: boolean): boolean {
  return !isSet(located, name) || isFlag(located, name, wanted);
}

/** An empty list and an empty text are as good as none. */
export function isSet({ resource }: Located, name: string): boolean {
  return meansSomething(resource.body[name]);
}

export function meansSomething(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === '') return false;
  return !Array.isArray(value) || value.length > 0;
}

/** As an acknowledgement and a person name it. */
export function shown(value: unknown): string {
  if (value === undefined || value === null) return 'not set';
  if (Array.isArray(value)) return value.map(shown).join(', ');
  if (typeof value === 'number' && Number.isNaN(value)) return 'not known before the apply';
  if (typeof value === 'object') return 'not known before the apply';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A finding about one argument, with the value that it has. Not for arguments that may hold secrets. */
export function foundIn(located: Located, name: string, problem: string): Found {
  return found(located, problem, `${name} = ${shown(at(located, name))}`);
}

/** Every text in a value, with the path of attributes to it; lists add nothing to a path. */
export function textsIn(
  value: Json,
  path = '',
): readonly { readonly path: string; readonly text: string }[] {
  if (typeof value === 'string') return [{ path, text: value }];
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return (value as readonly Json[]).flatMap((one) => textsIn(one, path));
  return Object.entries(value as JsonObject).flatMap(([key, one]) => [
    { path: path === '' ? key : `${path}.${key}`, text: key },
    ...textsIn(one, path === '' ? key : `${path}.${key}`),
  ]);
}

/** Paths of the attributes that are set to something, blocks and their attributes alike. */
export function setPaths(value: JsonObject, above = ''): readonly string[] {
  return Object.entries(value).flatMap(([name, inner]) => {
    if (!meansSomething(inner)) return [];
    const path = `${above}${name}`;
    const items = Array.isArray(inner) ? (inner as readonly Json[]) : [inner];
    const below = items.flatMap((item) =>
      typeof item === 'object' && item !== null && !Array.isArray(item)
        ? setPaths(item as JsonObject, `${path}.`)
        : [],
    );
    return [path, ...below];
  });
}
