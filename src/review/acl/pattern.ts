import type { Acl } from './acl.ts';

/**
 * Paths of rules as sets. The rules of two ACLs divide all paths into finitely many classes, in each of which
 * the same rules match; one path of each class is enough to compare the two. The classes are the
 * intersections of patterns, so their closure under intersection has one for each.
 */

/** A segment: exactly a text, or any that begins with one. */
interface Segment {
  readonly text: string;
  readonly open: boolean;
}

interface Pattern {
  readonly segments: readonly Segment[];
  /** More segments may follow. */
  readonly tail: boolean;
}

/** One class of paths: a path in it that no literal of any rule touches by chance, and its name for people. */
export interface PathClass {
  readonly path: string;
  readonly name: string;
}

/** More classes than this are not compared. */
const most = 20_000;

/** Stands for "any other text": no name in OpenBao has this character. */
const fresh = '\u0001';

function parse(path: string): Pattern {
  const tail = path.endsWith('*');
  const pieces = (tail ? path.slice(0, -1) : path).split('/');
  return {
    tail,
    segments: pieces.map((piece, index) =>
      piece === '+'
        ? { text: '', open: true }
        : { text: piece, open: tail && index === pieces.length - 1 },
    ),
  };
}

function meetSegments(one: Segment, other: Segment): Segment | undefined {
  if (!one.open && !other.open) return one.text === other.text ? one : undefined;
  if (!one.open) return one.text.startsWith(other.text) ? one : undefined;
  if (!other.open) return other.text.startsWith(one.text) ? other : undefined;
  const [short, long] = one.text.length <= other.text.length ? [one, other] : [other, one];
  return long.text.startsWith(short.text) ? long : undefined;
}

/** The paths that both have; undefined where there are none. */
function meet(one: Pattern, other: Pattern): Pattern | undefined {
  const [short, long] = one.segments.length <= other.segments.length ? [one, other] : [other, one];
  if (short.segments.length < long.segments.length && !short.tail) return undefined;
  const segments: Segment[] = [];
  for (const [index, segment] of long.segments.entries()) {
    const beside = short.segments[index];
    const both = beside === undefined ? segment : meetSegments(segment, beside);
    if (both === undefined) return undefined;
    segments.push(both);
  }
  return { segments, tail: one.tail && other.tail };
}

function nameOf({ segments, tail }: Pattern): string {
  const pieces = segments.map(({ text, open }, index) => {
    if (!open) return text;
    if (tail && index === segments.length - 1) return `${text}*`;
    return text === '' ? '+' : `${text}…`;
  });
  return pieces.join('/');
}

function instance({ segments }: Pattern): string {
  return segments.map(({ text, open }) => (open ? text + fresh : text)).join('/');
}

/** @returns a path of each class that the rules of these ACLs make; undefined where they are too many */
export function pathClasses(acls: readonly Acl[]): readonly PathClass[] | undefined {
  const exact = new Set(acls.flatMap((acl) => [...acl.exact.keys()]));
  const open = new Map<string, Pattern>();
  for (const acl of acls) {
    const patterns = [
      ...[...acl.prefixes.keys()].map((prefix) => `${prefix}*`),
      ...acl.segmented.keys(),
    ];
    for (const pattern of patterns.map(parse)) open.set(JSON.stringify(pattern), pattern);
  }
  const queue = [...open.values()];
  for (let pattern = queue.pop(); pattern !== undefined; pattern = queue.pop()) {
    for (const other of [...open.values()]) {
      const both = meet(pattern, other);
      if (both === undefined) continue;
      const name = JSON.stringify(both);
      if (open.has(name)) continue;
      open.set(name, both);
      queue.push(both);
      if (open.size > most) return undefined;
    }
  }
  const patterns = [...open.values()];
  const longest = Math.max(0, ...patterns.map(({ segments }) => segments.length));
  return [
    ...[...exact].map((path) => ({ path, name: path })),
    ...patterns.flatMap((pattern) => {
      const short = { path: instance(pattern), name: nameOf(pattern) };
      if (!pattern.tail) return [short];
      const more = longest + 1 - pattern.segments.length;
      return [short, { path: short.path + `/${fresh}`.repeat(more), name: short.name }];
    }),
  ];
}
