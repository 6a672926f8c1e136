/**
 * Values as Terraform passes them: null where nothing is set, {@link unknown} where a plan does not know
 * yet. A set is an array in canonical order, so that two equal sets are equal arrays.
 */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | typeof unknown
  | readonly Value[]
  | { readonly [key: string]: Value };

export const unknown: unique symbol = Symbol('known after apply');

export type Values = Readonly<Record<string, Value>>;

/** A type in the JSON of a provider schema: `"string"`, `["set", "string"]`, `["object", {...}]`. */
export type Type =
  | 'string'
  | 'number'
  | 'bool'
  | readonly ['list' | 'set' | 'map', Type]
  | readonly ['object', Readonly<Record<string, Type>>];

export function isMap(value: Value): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** Null and the zero value of each type: Terraform's older SDK does not tell them apart. */
export function isZero(value: Value): boolean {
  if (value === null || value === '' || value === 0 || value === 0n || value === false) return true;
  if (isList(value)) return value.length === 0;
  return isMap(value) && Object.keys(value).length === 0;
}

export function isWhollyKnown(value: Value): boolean {
  if (value === unknown) return false;
  if (isList(value)) return value.every(isWhollyKnown);
  return !isMap(value) || Object.values(value).every(isWhollyKnown);
}

export function equal(a: Value, b: Value): boolean {
  if (isList(a) && isList(b)) {
    return a.length === b.length && a.every((item, index) => equal(item, b[index] ?? null));
  }
  if (isMap(a) && isMap(b)) {
    const keys = Object.keys(a);
    return (
      keys.length === Object.keys(b).length &&
      keys.every((key) => key in b && equal(a[key] ?? null, b[key] ?? null))
    );
  }
  return a === b;
}

/** Order of set members. Any total order will do; Terraform brings its own back. */
function sortKey(value: Value): string {
  if (value === unknown) return '';
  if (isList(value)) return `[${value.map(sortKey).join()}]`;
  if (isMap(value)) {
    const fields = Object.entries(value).map(([key, item]) => `${key}=${sortKey(item)}`);
    return `{${fields.sort().join()}}`;
  }
  return `${typeof value}:${String(value)}`;
}

export function canonicalSet(items: readonly Value[]): readonly Value[] {
  const byKey = new Map<string, Value>(items.map((item) => [sortKey(item), item]));
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item);
}

/**
 * What a JSON document (an answer of OpenBao, an old state file) means as a value of that type. As the
 * SDK does it: numbers become strings where a string is wanted, and the other way round.
 *
 * @throws TypeError  it cannot be one; the value itself is not in the message, as it may be secret
 */
export function fromJson(raw: unknown, type: Type): Value {
  if (raw === null || raw === undefined) return null;
  switch (type) {
    case 'string':
      if (typeof raw !== 'string' && typeof raw !== 'number' && typeof raw !== 'boolean') break;
      return String(raw);
    case 'number': {
      const number = typeof raw === 'string' && raw.trim() !== '' ? Number(raw) : raw;
      if (typeof number !== 'number' || Number.isNaN(number)) break;
      return number;
    }
    case 'bool':
      if (raw === true || raw === 'true') return true;
      if (raw === false || raw === 'false') return false;
      break;
    default:
      return collectionFromJson(raw, type);
  }
  throw new TypeError(`a ${typeof raw} where a ${type} is expected`);
}

function collectionFromJson(raw: unknown, type: Exclude<Type, string>): Value {
  if (type[0] === 'list' || type[0] === 'set') {
    if (!Array.isArray(raw)) throw new TypeError(`a ${typeof raw} where a ${type[0]} is expected`);
    const items = raw.map((item) => fromJson(item, type[1]));
    return type[0] === 'set' ? canonicalSet(items) : items;
  }
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    throw new TypeError(`a ${typeof raw} where a ${type[0]} is expected`);
  }
  const entries = raw as Record<string, unknown>;
  if (type[0] === 'object') {
    return mapValues(type[1], (field, name) => fromJson(entries[name], field));
  }
  return mapValues(entries, (item) => fromJson(item, type[1]));
}

export function mapValues<T, U>(
  record: Readonly<Record<string, T>>,
  change: (item: T, key: string) => U,
): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, item]) => [key, change(item, key)]));
}
