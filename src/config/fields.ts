import { z } from 'zod';
import { declaration } from './declaration.ts';

/** JSON Schema as far as zod writes it for the declaration. */
export interface JsonSchema {
  readonly description?: string;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly pattern?: string;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly propertyNames?: JsonSchema;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

/** A field of the declaration, for editors and for docs/declaration.md. */
export interface Field {
  /** `*` stands for a name of your own, `[]` for each item of a list. */
  readonly path: string;
  readonly key: string;
  readonly schema: JsonSchema;
  readonly required: boolean;
  /** Where only one variant of its parent has it, e.g. `kind: lxc`. */
  readonly variant: string | undefined;
}

/** Draft 7, which every YAML editor understands. */
export function jsonSchema(): JsonSchema {
  return z.toJSONSchema(declaration, { io: 'input', target: 'draft-7' }) as JsonSchema;
}

/** Every field, in the order of the schema; a field of several variants once for each. */
export function fields(schema: JsonSchema = jsonSchema(), path = '', variant?: string): Field[] {
  const variants = schema.oneOf ?? schema.anyOf;
  if (variants !== undefined) {
    return variants.flatMap((one) => fields(one, path, variantName(one)));
  }
  if (schema.items !== undefined) return fields(schema.items, `${path}[]`);
  const own = Object.entries(schema.properties ?? {}).flatMap(([key, child]) => {
    const here = path === '' ? key : `${path}.${key}`;
    const required = schema.required?.includes(key) ?? false;
    return [{ path: here, key, schema: child, required, variant }, ...fields(child, here)];
  });
  const { additionalProperties: named } = schema;
  return typeof named === 'object' ? [...own, ...fields(named, `${path}.*`)] : own;
}

function variantName(schema: JsonSchema): string | undefined {
  const discriminator = Object.entries(schema.properties ?? {}).find(
    ([, { const: value }]) => value !== undefined,
  );
  return discriminator === undefined
    ? undefined
    : `${discriminator[0]}: ${String(discriminator[1].const)}`;
}
