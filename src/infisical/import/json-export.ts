import { ImportError, type Values } from './values.ts';

/**
 * Values of a JSON export: `doppler secrets download --no-file --format json` (one map of texts), or
 * `doppler secrets --json` (a map of `{ raw, computed }`, of which `raw` would hold references).
 *
 * @throws ImportError  no JSON, or something in it that is no text; its name is said, its value is not
 */
export function parseJsonExport(text: string): Values {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new ImportError('the file is no JSON');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new ImportError('the file is no JSON object of names and values');
  }
  const entries = Object.entries(parsed).map(([name, value]): [string, string] => {
    const plain = computed(value);
    if (typeof plain !== 'string') {
      throw new ImportError(`${name} is no text: a flat map of texts is wanted`);
    }
    return [name, plain];
  });
  return new Map(entries);
}

function computed(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('computed' in value)) return value;
  return (value as { readonly computed: unknown }).computed;
}
