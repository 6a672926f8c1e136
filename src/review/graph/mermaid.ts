import { columns, type GraphGrant, type Mark, type TrustGraph } from './payload.ts';

const sign: Readonly<Record<Mark, string>> = {
  same: '',
  added: '+ added: ',
  removed: '− removed: ',
  widened: '▲ wider: ',
  narrowed: '▽ narrower: ',
  unknown: '? changed: ',
};

/** Mermaid's own limit of edges (`maxEdges`); GitHub draws nothing where there are more. */
const most = 500;

/**
 * A flow chart for Markdown. Of a review what changed; otherwise what consumers reach, without what each has
 * for itself. What is left out is said in its comments.
 */
export function asMermaid({ nodes, grants, review }: TrustGraph): string {
  const shown = grants.filter((one) =>
    review === undefined ? one.group === 'consumers' && !one.housekeeping : one.mark !== 'same',
  );
  const edges = new Map<string, string>();
  const used = new Set<string>();
  let drawn = 0;
  for (const grant of shown) {
    const added = edgesOf(grant).filter(([key]) => !edges.has(key));
    if (edges.size + added.length > most) break;
    for (const [key, text] of added) edges.set(key, text);
    for (const id of grant.path) used.add(id);
    drawn += 1;
  }
  const names = new Map(nodes.map(({ id }, index) => [id, `n${String(index)}`]));
  const name = (id: string) => names.get(id) ?? '';
  const left = grants.length - drawn;
  return [
    'flowchart LR',
    ...(left === 0 ? [] : [`  %% ${String(drawn)} of ${String(grants.length)} grants are drawn`]),
    ...columns.flatMap((column) =>
      nodes
        .filter((node) => node.column === column && used.has(node.id))
        .map(
          ({ id, label, kind }) => `  ${name(id)}["${escaped(label)}<br/><i>${escaped(kind)}</i>"]`,
        ),
    ),
    ...[...edges].map(([key, text]) => {
      const [from, to] = JSON.parse(key) as readonly [string, string];
      const label = text === '' ? '-->' : `-->|"${escaped(text)}"|`;
      return `  ${name(from)} ${label} ${name(to)}`;
    }),
  ].join('\n');
}

/** Pairs of nodes as a key, with what stands at the last one: what may be done. */
function edgesOf(grant: GraphGrant): readonly (readonly [string, string])[] {
  const { path, may, mark } = grant;
  return path.slice(1).map((to, index) => {
    const last = index === path.length - 2;
    const text = last ? `${sign[mark]}${may.replace(/^may (?!not)/, '')}` : '';
    return [JSON.stringify([path[index], to]), text] as const;
  });
}

/** Mermaid takes entities by number (`#34;`); whatever could end or begin something is written as one. */
function escaped(text: string): string {
  return text.replace(/[^\p{L}\p{N} .,:;/_@*+−▲▽()-]/gu, (character) =>
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(character) ? ' ' : `#${String(character.codePointAt(0))};`,
  );
}
