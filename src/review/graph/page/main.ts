import type { GraphGrant, TrustGraph } from '../payload.ts';
import { board } from './board.ts';
import { h } from './dom.ts';
import { first, matching, type Filter } from './filter.ts';
import { changesTable, table } from './table.ts';
import { toolbar } from './toolbar.ts';
import { why } from './why.ts';

/** Grants that are drawn at once: a picture of more says nothing. The table has all. */
const most = 120;

const graph = JSON.parse(document.getElementById('graph')?.textContent ?? '') as TrustGraph;
const boxes = new Map(graph.nodes.map((node) => [node.id, node]));
const { review } = graph;

let filter = first(graph);
let found: readonly GraphGrant[] = [];
let current: string | undefined;

const status = h('p', { id: 'status', role: 'status' });
const aside = h('aside', {
  id: 'why',
  'aria-labelledby': 'why-title',
  'aria-live': 'polite',
  tabindex: '0',
});
const picture = board(boxes, choose);
const rows = table(review !== undefined);

document
  .getElementById('page')
  ?.append(
    h(
      'header',
      {},
      h('h1', {}, review === undefined ? 'Who may reach what' : 'Review: who may reach what'),
      h('p', { class: 'summary' }, summary()),
    ),
    h(
      'main',
      {},
      ...(review === undefined
        ? []
        : [
            h(
              'section',
              { 'aria-labelledby': 'changes-title' },
              h('h2', { id: 'changes-title' }, 'What changes'),
              changesTable(review.changes),
            ),
          ]),
      toolbar(graph, apply),
      status,
      h(
        'div',
        { class: 'split' },
        h(
          'section',
          { 'aria-labelledby': 'graph-title' },
          h('h2', { id: 'graph-title' }, 'Graph'),
          picture.element,
        ),
        aside,
      ),
      rows.element,
    ),
  );
apply(filter);

function apply(now: Filter): void {
  filter = now;
  found = matching(graph.grants, filter);
  const drawn = found.slice(0, most);
  status.textContent =
    `${String(found.length)} of ${String(graph.grants.length)} grants` +
    (found.length > most
      ? `; the graph draws the first ${String(most)}: filter to see others, the table has all`
      : '');
  picture.draw(drawn);
  rows.fill(found);
  const stays = current !== undefined && drawn.some(({ path }) => path.includes(current ?? ''));
  choose(stays ? current : undefined);
}

function choose(id: string | undefined): void {
  current = id;
  picture.choose(id);
  const through = id === undefined ? [] : found.filter(({ path }) => path.includes(id));
  aside.replaceChildren(...why(id === undefined ? undefined : boxes.get(id), through));
}

function summary(): string {
  const consumers = new Set(graph.grants.flatMap(({ consumer }) => consumer ?? [])).size;
  const text = `${String(consumers)} consumers, ${String(graph.grants.length)} grants`;
  if (review === undefined) return text;
  const count = (verdict: string) =>
    String(review.changes.filter((change) => change.verdict === verdict).length);
  return `Against ${review.base}: ${count('WIDENS')} widen, ${count('UNKNOWN')} cannot be told, ${count('NARROWS')} narrow. ${text}.`;
}
