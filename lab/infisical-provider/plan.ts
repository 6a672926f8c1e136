import type { Attribute, Schema } from '../provider-protocol/schema.ts';
import { equal, isList, isMap, mapValues, unknown } from '../provider-protocol/value.ts';
import type { Value, Values } from '../provider-protocol/value.ts';

/**
 * What happens to a value between configuration, plan and state, as the framework of the real provider does
 * it (terraform-plugin-framework, "Plan Modification"). All pure.
 */

/** What the schema does not say of an attribute. */
export interface Rule {
  /** What is planned where nothing is configured. */
  readonly default?: Value;
  /** A change of it destroys the resource and makes a new one. */
  readonly forceNew?: boolean;
  /** Not configured, it keeps the value of the state; without this it is unknown in every change. */
  readonly keep?: boolean;
  /** Rules of the attributes inside it. */
  readonly inside?: Rules;
}

export type Rules = Readonly<Record<string, Rule>>;

export interface Plan {
  readonly planned: Values;
  /** Attributes whose change needs a replacement. */
  readonly replace: readonly string[];
}

type Attributes = Readonly<Record<string, Attribute>>;

/**
 * @param prior     null for a resource that does not exist yet
 * @param proposed  Terraform's merge of configuration and prior state
 */
export function plan(
  { block: { attributes } }: Schema,
  rules: Rules,
  {
    prior,
    config,
    proposed,
  }: { readonly prior: Values | null; readonly config: Values; readonly proposed: Values },
): Plan {
  const defaulted = withDefaults(attributes, rules, config, proposed);
  if (prior !== null && equal(defaulted, prior)) return { planned: prior, replace: [] };
  const marked = mark(attributes, rules, config, defaulted);
  const planned = mapValues(marked, (value, name): Value => {
    const before = prior?.[name] ?? null;
    return rules[name]?.keep === true && value === unknown && before !== null ? before : value;
  });
  const replace = Object.keys(attributes).filter(
    (name) =>
      prior !== null &&
      rules[name]?.forceNew === true &&
      !equal(prior[name] ?? null, planned[name] ?? null),
  );
  return { planned, replace };
}

function withDefaults(
  attributes: Attributes,
  rules: Rules,
  config: Values,
  proposed: Values,
): Values {
  return mapValues(attributes, (attribute, name): Value => {
    const wanted = config[name] ?? null;
    const rule = rules[name];
    if (wanted === null) return rule?.default ?? proposed[name] ?? null;
    return within(attribute, wanted, proposed[name] ?? null, (nested, inner, value) =>
      withDefaults(nested, rule?.inside ?? {}, inner, value),
    );
  });
}

/** Computed and not configured: nobody knows before the change what it will be. */
function mark(attributes: Attributes, rules: Rules, config: Values, values: Values): Values {
  return mapValues(attributes, (attribute, name): Value => {
    const wanted = config[name] ?? null;
    const value = values[name] ?? null;
    const rule = rules[name];
    if (wanted === null) {
      return attribute.computed && rule?.default === undefined ? unknown : value;
    }
    return within(attribute, wanted, value, (nested, inner, one) =>
      mark(nested, rule?.inside ?? {}, inner, one),
    );
  });
}

/** Applies `change` to the object or objects inside an attribute; any other value stays. */
function within(
  { nested_type: nested }: Attribute,
  wanted: Value,
  value: Value,
  change: (attributes: Attributes, config: Values, value: Values) => Values,
): Value {
  if (nested === undefined || wanted === unknown || value === unknown) return value;
  if (isMap(wanted) && isMap(value)) return change(nested.attributes, wanted, value);
  if (!isList(wanted) || !isList(value)) return value;
  return value.map((item, index) => {
    const own = wanted[index] ?? null;
    return isMap(own) && isMap(item) ? change(nested.attributes, own, item) : item;
  });
}
