import { readFile } from 'node:fs/promises';
import { isMap, isSeq, parseDocument, type Document, type YAMLMap } from 'yaml';

const file = new URL('./optional.yaml', import.meta.url);

/** Turns on what the example leaves out: maps are merged, lists grow, and a scalar is replaced. */
export async function addOptional(document: Document): Promise<void> {
  const optional = parseDocument(await readFile(file, 'utf8'));
  if (!isMap(document.contents) || !isMap(optional.contents)) throw new Error('no maps to merge');
  merge(document.contents, optional.contents);
}

function merge(into: YAMLMap, from: YAMLMap): void {
  for (const { key, value } of from.items) {
    const there = into.get(key);
    if (isMap(there) && isMap(value)) merge(there, value);
    else if (isSeq(there) && isSeq(value)) there.items.push(...value.items);
    else into.set(key, value);
  }
}
