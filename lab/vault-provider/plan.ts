import type { Schema } from '../provider-protocol/schema.ts';
import { typeOf } from '../provider-protocol/schema.ts';
import {
  equal,
  isList,
  isMap,
  isWhollyKnown,
  isZero,
  mapValues,
  unknown,
} from '../provider-protocol/value.ts';
import type { Type, Value, Values } from '../provider-protocol/value.ts';

/**
 * What happens to a value between configuration, plan and state, as the SDK of the real provider does it
 * (terraform-plugin-sdk v2, "legacy type system"). All pure.
 */

/** What the schema does not say of an attribute. Sensitive, computed and write-only stand in the schema. */
export interface Rule {
  readonly default?: Value;
  /** A change of it destroys the resource and makes a new one. A function decides by the whole plan. */
  readonly forceNew?: boolean | ((planned: Values) => boolean);
  /** The form in which the value is planned and kept. */
  readonly normalize?: (text: string) => string;
  /** Two texts that mean the same; the one in the state stays. */
  readonly same?: (prior: string, next: string) => boolean;
  /** For nested blocks: without one in the configuration, those of the state stay. */
  readonly computed?: boolean;
}

export type Rules = Readonly<Record<string, Rule>>;

export interface Plan {
  readonly planned: Values;
  /** Attributes whose change needs a replacement. */
  readonly replace: readonly string[];
}

/** @param prior  null for a resource that does not exist yet */
export function plan(schema: Schema, rules: Rules, prior: Values | null, config: Values): Plan {
  const { attributes, block_types } = schema.block;
  const [, types] = typeOf(schema.block);
  const planned = mapValues(types, (type, name): Value => {
    const rule = rules[name] ?? {};
    const before = prior?.[name] ?? null;
    const wanted = config[name] ?? null;
    if (attributes[name]?.write_only === true) return null;
    if (name in block_types) {
      const none = isList(wanted) && wanted.length === 0 && rule.computed === true;
      return none ? (before ?? []) : reconcile(type, wanted, before);
    }

    if (wanted !== null || attributes[name]?.computed !== true) {
      const next = wanted ?? rule.default ?? null;
      // `false` in the configuration and nothing in the state (after an import) are the same.
      if (prior !== null && isZero(next) && isZero(before)) return before;
      return planAttribute(type, rule, next, before);
    }
    return prior === null ? unknown : before;
  });
  const replace = Object.keys(types).filter((name) => {
    const forceNew = rules[name]?.forceNew ?? false;
    const forced = typeof forceNew === 'function' ? forceNew(planned) : forceNew;
    return prior !== null && forced && changed(prior, planned, name);
  });
  return { planned, replace };
}

export function changed(prior: Values | null, planned: Values, name: string): boolean {
  return !equal(prior?.[name] ?? null, planned[name] ?? null);
}

function planAttribute(type: Type, rule: Rule, wanted: Value, before: Value): Value {
  if (typeof wanted !== 'string') return reconcile(type, wanted, before);
  const next = rule.normalize?.(wanted) ?? wanted;
  return typeof before === 'string' && rule.same?.(before, next) === true ? before : next;
}

/** Unset and zero are one: a state that holds 0 or "" for something not configured does not change. */
function reconcile(type: Type, wanted: Value, before: Value): Value {
  if (wanted === null) return isZero(before) ? before : null;
  if (typeof type === 'string' || wanted === unknown) return wanted;
  if (type[0] === 'list' && isList(wanted)) {
    return wanted.map((item, index) =>
      reconcile(type[1], item, isList(before) ? (before[index] ?? null) : null),
    );
  }
  if (type[0] === 'object' && isMap(wanted)) {
    return mapValues(type[1], (field, name) =>
      reconcile(field, wanted[name] ?? null, isMap(before) ? (before[name] ?? null) : null),
    );
  }
  return wanted;
}

/** The state after an apply: what was read back, where that is no mere other writing of what was planned. */
export function settle(type: Type, planned: Value, found: Value): Value {
  if (planned === unknown) return found;
  if (isCollection(type)) {
    if (planned === null && isZero(found)) return null;
    if (found === null && isZero(planned)) return planned;
  }
  if (planned === null) return found;
  if (typeof type === 'string') return found ?? planned;
  if (type[0] === 'set') return isWhollyKnown(planned) ? planned : found;
  if (isList(planned) && isList(found) && type[0] === 'list') {
    if (planned.length !== found.length) return found;
    return found.map((item, index) => settle(type[1], planned[index] ?? null, item));
  }
  if (isMap(planned) && isMap(found)) {
    return mapValues(found, (item, name) => {
      if (type[0] === 'object')
        return settle(type[1][name] ?? 'string', planned[name] ?? null, item);
      return name in planned ? settle(type[1], planned[name] ?? null, item) : item;
    });
  }
  return found;
}

/** The state after a refresh: what was read, but an empty text or collection does not turn into nothing. */
export function refresh(before: Value, found: Value): Value {
  if (isMap(before) && isMap(found)) {
    return mapValues(found, (item, name) => refresh(before[name] ?? null, item));
  }
  return found === null && (before === '' || (isList(before) && before.length === 0))
    ? before
    : found;
}

function isCollection(type: Type): boolean {
  return typeof type !== 'string' && type[0] !== 'object';
}

/** A plan without its unknowns: what is known of a resource when its making went wrong halfway. */
export function withoutUnknowns(value: Value): Value {
  if (value === unknown) return null;
  if (isList(value)) return value.map(withoutUnknowns);
  return isMap(value) ? mapValues(value, withoutUnknowns) : value;
}
