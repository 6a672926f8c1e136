import { fields, type Field, type JsonSchema } from './fields.ts';

/** Every field as a Markdown table; variants that share a field share its row. */
export function fieldTable(): string {
  const rows = new Map<string, Field[]>();
  for (const field of fields()) {
    const key = `${field.path} ${field.schema.description ?? ''}`;
    rows.set(key, [...(rows.get(key) ?? []), field]);
  }
  const choices = new Map<string, Field[]>();
  const body = [...rows.values()].flatMap((same) => {
    const [field] = same;
    if (field === undefined) return [];
    // The discriminator of a union is one row with all its choices.
    if (field.schema.const !== undefined && field.variant !== undefined) {
      const known = choices.get(field.path);
      if (known !== undefined) return [];
      const all = fields().filter(({ path }) => path === field.path);
      choices.set(field.path, all);
      return [row(field, all)];
    }
    return [row(field, same)];
  });
  return ['| field | required | value | meaning |', '|---|---|---|---|', ...body, ''].join('\n');
}

function row(field: Field, same: readonly Field[]): string {
  const { schema } = field;
  const choice = schema.const !== undefined && field.variant !== undefined;
  const parent = field.path.slice(0, field.path.lastIndexOf('.'));
  const only = choice || same.length === variantCount(parent);
  const variants = only ? '' : ` (${same.map(({ variant }) => variant).join(', ')})`;
  const meaning = choice
    ? [...new Map(same.map((one) => [one.schema.const, one.schema.description]))]
        .map(([value, description]) => `\`${String(value)}\`: ${description ?? ''}`)
        .join('; ')
    : (schema.description ?? '');
  const values = choice
    ? [...new Set(same.map((one) => String(one.schema.const)))]
        .map((one) => `\`${one}\``)
        .join(', ')
    : kind(schema);
  const fallback =
    schema.default === undefined ? '' : `, default \`${JSON.stringify(schema.default)}\``;
  return `| \`${field.path}\`${variants} | ${field.required ? 'yes' : 'no'} | ${values}${fallback} | ${escape(meaning)} |`;
}

/** How many variants a map has; 1 for a plain one. */
function variantCount(parent: string): number {
  const discriminator = fields().filter(
    ({ path, schema }) =>
      schema.const !== undefined && path.slice(0, path.lastIndexOf('.')) === parent,
  );
  return Math.max(1, discriminator.length);
}

function kind(schema: JsonSchema): string {
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.map((one) => `\`${String(one)}\``).join(', ');
  const { anyOf } = schema;
  if (anyOf?.every(({ properties }) => properties === undefined) === true) {
    return [...new Set(anyOf.map(kind))].join(', ');
  }
  if (schema.type === 'array') return 'list';
  if (schema.type !== undefined && schema.type !== 'object') return schema.type;
  return typeof schema.additionalProperties === 'object' ? 'map by name' : 'map';
}

const escape = (text: string) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
