import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readSchema, typeOf } from '../../../lab/provider-protocol/schema.ts';
import { dataSources, ephemeralResources, resources } from '../../../lab/vault-provider/table.ts';

const schema = readSchema(
  fileURLToPath(new URL('../../../providers/vault.json', import.meta.url)),
  'hashicorp/vault',
);

describe('the table', () => {
  it('serves exactly the types that the committed schema describes', () => {
    expect(Object.keys(resources).sort()).toEqual(Object.keys(schema.resource_schemas).sort());
    expect(Object.keys(dataSources).sort()).toEqual(Object.keys(schema.data_source_schemas).sort());
    expect(Object.keys(ephemeralResources).sort()).toEqual(
      Object.keys(schema.ephemeral_resource_schemas).sort(),
    );
  });

  it.each(Object.entries(resources))(
    'has rules only for attributes of %s that exist',
    (type, row) => {
      const block = schema.resource_schemas[type]?.block;
      const known = block === undefined ? [] : Object.keys(typeOf(block)[1]);
      expect(known).toEqual(expect.arrayContaining(Object.keys(row.rules)));
    },
  );

  it.each(Object.entries(resources))(
    'gives %s no default that Terraform would compute',
    (type, row) => {
      const attributes = schema.resource_schemas[type]?.block.attributes ?? {};
      const computed = Object.entries(row.rules)
        .filter(([, { default: value }]) => value !== undefined)
        .filter(([name]) => attributes[name]?.computed === true);
      expect(computed).toEqual([]);
    },
  );
});
