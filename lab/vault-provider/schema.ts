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

const attribute = z.object({
  type,
  required: z.boolean().default(false),
  optional: z.boolean().default(false),
  computed: z.boolean().default(false),
  sensitive: z.boolean().default(false),
  deprecated: z.boolean().default(false),
  write_only: z.boolean().default(false),
});

export interface Block {
  readonly attributes: Readonly<Record<string, z.infer<typeof attribute>>>;
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

const address = 'registry.terraform.io/hashicorp/vault';
const document = z.object({ provider_schemas: z.object({ [address]: provider }) });

export function readSchema(file: string): ProviderSchema {
  return document.parse(JSON.parse(readFileSync(file, 'utf8'))).provider_schemas[address];
}

/** The type of a whole configuration, plan or state. */
export function typeOf({
  attributes,
  block_types,
}: Block): readonly ['object', Record<string, Type>] {
  return [
    'object',
    {
      ...mapValues(attributes, (each) => each.type),
      ...mapValues(block_types, (each): Type => [each.nesting_mode, typeOf(each.block)]),
    },
  ];
}

/** A schema as the message of the plugin protocol. */
export function toMessage({ version, block: root }: Schema, description = '') {
  return { version, block: { ...blockMessage(root), version, description } };
}

function blockMessage({ attributes, block_types }: Block): object {
  return {
    attributes: Object.entries(attributes).map(([name, each]) => ({
      ...each,
      name,
      type: Buffer.from(JSON.stringify(each.type)),
    })),
    block_types: Object.entries(block_types).map(([type_name, each]) => ({
      type_name,
      block: blockMessage(each.block),
      nesting: each.nesting_mode === 'list' ? 2 : 3,
      min_items: each.min_items,
      max_items: each.max_items,
    })),
  };
}
