/** Patterns of IAM: `*` for any text, `?` for one character. ARNs and condition values use them alike. */

export function matches(pattern: string, text: string): boolean {
  return within(text, pattern, false);
}

/**
 * Whether every text of the pattern `inner` is one of the pattern `outer`. Never true by mistake; it may
 * miss one that only several `*` together make true.
 */
export function covers(outer: string, inner: string): boolean {
  return within(inner, outer, true);
}

/** @param asPattern  `text` is a pattern itself: its wildcards are met by those of `pattern` alone */
function within(text: string, pattern: string, asPattern: boolean): boolean {
  const known = new Map<number, boolean>();
  const width = text.length + 1;
  const look = (at: number, place: number): boolean => {
    const key = place * width + at;
    const seen = known.get(key);
    if (seen !== undefined) return seen;
    const found = decide(at, place);
    known.set(key, found);
    return found;
  };
  const decide = (at: number, place: number): boolean => {
    const wanted = pattern[place];
    const given = text[at];
    if (wanted === undefined) return given === undefined;
    if (wanted === '*') return look(at, place + 1) || (given !== undefined && look(at + 1, place));
    if (given === undefined) return false;
    if (asPattern && given === '*') return false;
    if (wanted === '?') return look(at + 1, place + 1);
    return wanted === given && look(at + 1, place + 1);
  };
  return look(0, 0);
}
