/** The candidate that a misspelling most likely meant, or undefined if none is near. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, x] of a.split('').entries()) {
    const next = [i + 1];
    for (const [j, y] of b.split('').entries()) {
      const above = row[j + 1] ?? 0;
      const left = next[j] ?? 0;
      const corner = row[j] ?? 0;
      next.push(Math.min(above + 1, left + 1, corner + (x === y ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
