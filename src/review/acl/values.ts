/** Texts that a parameter may have. A text with a `*` at an end is a pattern. */
export interface Values {
  readonly any: boolean;
  /** Where not any. */
  readonly texts: readonly string[];
  /** Of these, not. */
  readonly not: readonly string[];
}

/** Whether `pattern` has every text that `text` has. Never true by mistake. */
function covers(pattern: string, text: string): boolean {
  if (pattern === text || pattern === '*') return true;
  const before = pattern.startsWith('*');
  const after = pattern.length > 1 && pattern.endsWith('*');
  const middle = pattern.slice(before ? 1 : 0, after ? -1 : undefined);
  const open = text.startsWith('*') || text.endsWith('*');
  if (open && !(before && after)) {
    // A pattern within a pattern: with the same open end alone.
    if (after && text.endsWith('*') && !text.startsWith('*')) return text.startsWith(middle);
    if (before && text.startsWith('*') && !text.endsWith('*')) return text.endsWith(middle);
    return false;
  }
  if (before && after) return text.includes(middle);
  if (before) return text.endsWith(middle);
  if (after) return text.startsWith(middle);
  return false;
}

export function valuesWithin(inner: Values, outer: Values): boolean {
  if (!inner.any && inner.texts.length === 0) return true;
  if (!outer.any) {
    if (inner.any) return false;
    if (!inner.texts.every((text) => outer.texts.some((pattern) => covers(pattern, text))))
      return false;
  }
  // What is taken out of the outer must be out of the inner.
  return outer.not.every(
    (taken) =>
      inner.not.some((pattern) => covers(pattern, taken)) ||
      (!inner.any && !inner.texts.some((text) => mayMeet(text, taken))),
  );
}

/** Whether two patterns might have a text in common. Never false by mistake. */
function mayMeet(one: string, other: string): boolean {
  const open = (text: string) => text.startsWith('*') || text.endsWith('*');
  if (!open(one) && !open(other)) return one === other;
  return !open(one) ? covers(other, one) : !open(other) ? covers(one, other) : true;
}
