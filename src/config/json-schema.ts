import { readFile, writeFile } from 'node:fs/promises';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { fieldTable } from './field-table.ts';
import { jsonSchema } from './fields.ts';

/**
 * What is derived from the schema and committed: backbone.schema.json, by which editors complete and check
 * backbone.yaml, and the table of docs/declaration.md. `node --import tsx src/config/json-schema.ts`
 */
export const schemaFile = new URL('../../backbone.schema.json', import.meta.url);
export const manualFile = new URL('../../docs/declaration.md', import.meta.url);

export async function renderSchema(): Promise<string> {
  return formatted(JSON.stringify({ title: 'backbone.yaml', ...jsonSchema() }), schemaFile);
}

/** The manual with its table renewed; the text around it is written by hand. */
export async function renderManual(manual: string): Promise<string> {
  const marks = /(<!-- fields -->\n)[\s\S]*(<!-- \/fields -->)/;
  if (!marks.test(manual)) throw new Error('docs/declaration.md has lost the marks of its table');
  const renewed = manual.replace(
    marks,
    (_, start: string, end: string) => `${start}\n${fieldTable()}\n${end}`,
  );
  return formatted(renewed, manualFile);
}

async function formatted(text: string, { pathname }: URL): Promise<string> {
  return format(text, { ...(await resolveConfig(pathname)), filepath: pathname });
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  await writeFile(schemaFile, await renderSchema());
  await writeFile(manualFile, await renderManual(await readFile(manualFile, 'utf8')));
}
