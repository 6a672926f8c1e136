import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { mapValues, type Type } from './value.ts';

/** The provider's schema, in the form of `terraform providers schema -json`. */

const type: z.ZodType<Type> = z.lazy(() =>
  z.union([
    z.enum(['string', 'number', 'bool']),
    z.tuple([z.enum(['list', 'set', 'map']), type]),
    z.tuple([z.literal('object'), z.record(z.string(), type)]),
  ]),
);

/** Attributes inside an attribute (protocol 6). */
export interface NestedType {
  readonly nesting_mode: 'single' | 'list' | 'set' | 'map';
  readonly attributes: Readonly<Record<string, Attribute>>;
}

export interface Attribute {
  /** Either this or `nested_type`. */
  readonly type?: Type | undefined;
  readonly nested_type?: NestedType | undefined;
  readonly required: boolean;
  readonly optional: boolean;
  readonly computed: boolean;
  readonly sensitive: boolean;
  readonly deprecated: boolean;
  readonly write_only: boolean;
}

const attribute: z.ZodType<Attribute> = z.lazy(() =>
  z.object({
    type: type.optional(),
    nested_type: z
      .object({
        nesting_mode: z.enum(['single', 'list', 'set', 'map']),
        attributes: z.record(z.string(), attribute),
      })
      .optional(),
    required: z.boolean().default(false),
    optional: z.boolean().default(false),
    computed: z.boolean().default(false),
    sensitive: z.boolean().default(false),
    deprecated: z.boolean().default(false),
    write_only: z.boolean().default(false),
  }),
);

export interface Block {
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly block_types: Readonly<Record<string, NestedBlock>>;
}

export interface NestedBlock {
  readonly nesting_mode: 'list' | 'set';
  readonly block: Block;
  readonly min_items: number;
  readonly max_items: number;
}

const block: z.ZodType<Block> = z.lazy(() =>
  z.object({
    attributes: z.record(z.string(), attribute).default({}),
    block_types: z
      .record(
        z.string(),
        z.object({
          nesting_mode: z.enum(['list', 'set']),
          block,
          min_items: z.number().default(0),
          max_items: z.number().default(0),
        }),
      )
      .default({}),
  }),
);

const schema = z.object({ version: z.number(), block });
export type Schema = z.infer<typeof schema>;

const provider = z.object({
  provider: schema,
  resource_schemas: z.record(z.string(), schema),
  data_source_schemas: z.record(z.string(), schema),
  ephemeral_resource_schemas: z.record(z.string(), schema),
});
export type ProviderSchema = z.infer<typeof provider>;

/** @param source  `namespace/type` in the Terraform registry */
export function readSchema(file: string, source: string): ProviderSchema {
  const address = `registry.terraform.io/${source}`;
  const document = z.object({ provider_schemas: z.object({ [address]: provider }) });
  const found = document.parse(JSON.parse(readFileSync(file, 'utf8'))).provider_schemas[address];
  if (found === undefined) throw new Error(`${file} has no schema of ${source}`);
  return found;
}

export function attributeType({ type: plain, nested_type: nested }: Attribute): Type {
  if (nested === undefined) return plain ?? 'string';
  const inner: Type = ['object', mapValues(nested.attributes, attributeType)];
  return nested.nesting_mode === 'single' ? inner : [nested.nesting_mode, inner];
}

/** The type of a whole configuration, plan or state. */
export function typeOf({
  attributes,
  block_types,
}: Block): readonly ['object', Record<string, Type>] {
  return [
    'object',
    {
      ...mapValues(attributes, attributeType),
      ...mapValues(block_types, (each): Type => [each.nesting_mode, typeOf(each.block)]),
    },
  ];
}

/** A schema as the message of the plugin protocol. */
export function toMessage({ version, block: root }: Schema, description = '') {
  return { version, block: { ...blockMessage(root), version, description } };
}

const nesting = { single: 1, list: 2, set: 3, map: 4 } as const;

function attributeMessage(name: string, each: Attribute): object {
  const { type: plain, nested_type: nested, ...flags } = each;
  return {
    ...flags,
    name,
    ...(nested === undefined
      ? { type: Buffer.from(JSON.stringify(plain)) }
      : {
          nested_type: {
            nesting: nesting[nested.nesting_mode],
            attributes: Object.entries(nested.attributes).map(([inner, one]) =>
              attributeMessage(inner, one),
            ),
          },
        }),
  };
}

function blockMessage({ attributes, block_types }: Block): object {
  return {
    attributes: Object.entries(attributes).map(([name, each]) => attributeMessage(name, each)),
    block_types: Object.entries(block_types).map(([type_name, each]) => ({
      type_name,
      block: blockMessage(each.block),
      nesting: nesting[each.nesting_mode],
      min_items: each.min_items,
      max_items: each.max_items,
    })),
  };
}
