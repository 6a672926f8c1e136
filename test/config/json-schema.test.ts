import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { fields } from '../../src/config/fields.ts';
import {
  manualFile,
  renderManual,
  renderSchema,
  schemaFile,
} from '../../src/config/json-schema.ts';
import { example } from './example.ts';

const renew = 'run: node --import tsx src/config/json-schema.ts';

describe('the JSON Schema', () => {
  it('is the one that the declaration gives', async () => {
    expect(await readFile(schemaFile, 'utf8'), renew).toBe(await renderSchema());
  }, 60_000);

  it('describes every field', () => {
    const silent = fields().filter(({ schema }) => (schema.description ?? '').length < 5);
    expect(silent.map(({ path }) => path)).toEqual([]);
  });

  it('is named in the first line of the example, for editors', () => {
    expect(example.split('\n')[0]).toBe('# yaml-language-server: $schema=./backbone.schema.json');
  });

  it('refuses unknown fields, as the loader does', async () => {
    expect(JSON.parse(await renderSchema())).toMatchObject({ additionalProperties: false });
  });
});

describe('docs/declaration.md', () => {
  it('has the table that the schema gives', async () => {
    const manual = await readFile(manualFile, 'utf8');
    expect(manual, renew).toBe(await renderManual(manual));
  }, 60_000);

  it('names every field', async () => {
    const manual = await readFile(manualFile, 'utf8');
    for (const { path } of fields()) expect(manual).toContain(`\`${path}\``);
  });
});
