import { isAlias, isMap, isNode, isScalar, isSeq, type Node, type Pair } from 'yaml';
import type { Path } from './refusal.ts';

/** Something in the YAML that does not mean what it says where it stands. */
export interface Fault {
  readonly path: Path;
  readonly offset: number;
  readonly problem: string;
  readonly fix: string;
  /** The values around it cannot be told, so nothing else can be checked. */
  readonly unreadable?: true;
}

/**
 * Anchors, aliases, tags, merge keys, keys that are no text or stand twice.
 *
 * @param line turns an offset into a line number.
 */
export function structureFaults(
  node: unknown,
  line: (offset: number) => number,
  path: Path = [],
): readonly Fault[] {
  if (!isNode(node)) return [];
  const offset = offsetOf(node);
  if (isAlias(node)) {
    const fix = 'write the value out: each line says what it means';
    return [{ path, offset, problem: 'a YAML alias', fix, unreadable: true }];
  }
  return [...marks(node, path), ...children(node, line, path)];
}

function marks(node: Node, path: Path): readonly Fault[] {
  const offset = offsetOf(node);
  const faults: Fault[] = [];
  if ('anchor' in node && node.anchor !== undefined) {
    const fix = 'remove it and write values out where they are used';
    faults.push({ path, offset, problem: 'a YAML anchor', fix });
  }
  if (node.tag !== undefined) {
    faults.push({ path, offset, problem: 'a YAML tag', fix: 'remove it; put quotes around text' });
  }
  return faults;
}

function children(node: Node, line: (offset: number) => number, path: Path): readonly Fault[] {
  if (isSeq(node)) {
    return node.items.flatMap((item, index) => structureFaults(item, line, [...path, index]));
  }
  if (!isMap(node)) return [];
  const seen = new Map<string, number>();
  return node.items.flatMap((pair) => {
    const { key, value } = pair;
    if (!isScalar(key)) return [badKey(pair, node, path)];
    const name = String(key.value);
    const here = [...path, name];
    const offset = offsetOf(key);
    const earlier = seen.get(name);
    seen.set(name, earlier ?? offset);
    return [
      ...keyFaults(name, here, offset, earlier === undefined ? undefined : line(earlier)),
      ...marks(key, here),
      ...structureFaults(value, line, here),
    ];
  });
}

function badKey({ key }: Pair, map: Node, path: Path): Fault {
  const offset = isNode(key) ? offsetOf(key) : offsetOf(map);
  const problem = 'a key that is a list, a map or an alias';
  return { path, offset, problem, fix: 'name keys by text', unreadable: true };
}

function keyFaults(
  name: string,
  path: Path,
  offset: number,
  earlierLine: number | undefined,
): readonly Fault[] {
  if (name === '<<' || name === '__proto__' || name === '') {
    const fix = 'remove it and write fields out';
    return [{ path, offset, problem: 'not a key of a declaration', fix, unreadable: true }];
  }
  if (earlierLine === undefined) return [];
  const problem = `the key stands twice, first in line ${String(earlierLine)}`;
  return [{ path, offset, problem, fix: 'keep one' }];
}

function offsetOf(node: Node): number {
  return node.range?.[0] ?? 0;
}
