/**
 * JSON as Go's encoding/json writes it: keys in order, and `<`, `>`, `&` and the two line separators
 * escaped. The real provider keeps JSON in this form in the state, so another form would be a difference.
 */
export function goJson(value: unknown): string {
  return JSON.stringify(sorted(value)).replaceAll(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The normal form of a JSON text; the text itself when it is no JSON, which validation has refused. */
export function normalJson(text: string): string {
  try {
    return goJson(JSON.parse(text));
  } catch {
    return text;
  }
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, sorted(item)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => Buffer.compare(bytes(a), bytes(b))));
}

const bytes = (text: string) => Buffer.from(text, 'utf8');
