import { isMap, isNode, isPair, isScalar, isSeq, type Document, type LineCounter } from 'yaml';
import type { Path } from './refusal.ts';

export interface Position {
  readonly line: number;
  readonly column: number;
}

/** The text of a declaration as people wrote it: where each field stands and how it is spelled. */
export class Source {
  private readonly document: Document.Parsed;
  private readonly lines: LineCounter;

  constructor(document: Document.Parsed, lines: LineCounter) {
    this.document = document;
    this.lines = lines;
  }

  /** The value, or the key of a map or list; for what is missing, the nearest thing around it. */
  position(path: Path): Position {
    let node: unknown = this.document.contents;
    let offset = isNode(node) ? node.range?.[0] : undefined;
    for (const [depth, part] of path.entries()) {
      const pair = isMap(node)
        ? node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part))
        : undefined;
      const next: unknown = isPair(pair)
        ? pair.value
        : isSeq(node) && typeof part === 'number'
          ? node.items[part]
          : undefined;
      if (pair !== undefined && isScalar(pair.key)) offset = pair.key.range?.[0] ?? offset;
      else if (isNode(next)) offset = next.range?.[0] ?? offset;
      else break;
      const last = depth === path.length - 1;
      // An empty value has no text to point at.
      if (last && isScalar(next) && next.source !== '') offset = next.range?.[0] ?? offset;
      node = next;
    }
    return this.at(offset ?? 0);
  }

  /** The key itself, for what is wrong with the key and not with its value. */
  keyPosition(path: Path): Position {
    const parent: unknown = this.document.getIn(path.slice(0, -1), true) ?? this.document.contents;
    const last = String(path.at(-1));
    const map = path.length === 1 ? this.document.contents : parent;
    const pair = isMap(map)
      ? map.items.find(({ key }) => isScalar(key) && String(key.value) === last)
      : undefined;
    const offset = isScalar(pair?.key) ? pair.key.range?.[0] : undefined;
    return offset === undefined ? this.position(path) : this.at(offset);
  }

  /** A scalar as it stands in the file: `0123` is not yet the number 123. */
  spelling(path: Path): string | undefined {
    const node: unknown = path.length === 0 ? undefined : this.document.getIn(path, true);
    return isScalar(node) ? node.source : undefined;
  }

  at(offset: number): Position {
    const { line, col } = this.lines.linePos(offset);
    return { line, column: col };
  }
}
