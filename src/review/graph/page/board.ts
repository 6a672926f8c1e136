import { columns, type Column, type GraphGrant, type Mark, type Node as Box } from '../payload.ts';
import { markBadge } from './badges.ts';
import { breaking, h, svg } from './dom.ts';

const titles: Readonly<Record<Column, string>> = {
  who: 'who',
  login: 'gets in by',
  policy: 'is allowed by',
  session: 'by way of',
  resource: 'reaches',
};

export interface Board {
  readonly element: HTMLElement;
  /** Draws these grants; the chosen box stays chosen where it is among them. */
  draw(grants: readonly GraphGrant[]): void;
  choose(id: string | undefined): void;
}

/** Five columns of boxes, each a button, with the ways between them drawn beneath. */
export function board(
  boxes: ReadonlyMap<string, Box>,
  chosen: (id: string | undefined) => void,
): Board {
  const lines = svg('svg', { class: 'lines', 'aria-hidden': 'true', focusable: 'false' });
  const lists = h('div', { class: 'columns' });
  const element = h('div', { class: 'board' }, lines as unknown as HTMLElement, lists);
  let shown: readonly GraphGrant[] = [];
  let current: string | undefined;
  const buttons = new Map<string, HTMLButtonElement>();

  new ResizeObserver(redraw).observe(lists);
  lists.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') chosen(undefined);
    const to = neighbour(lists, event);
    if (to === undefined) return;
    event.preventDefault();
    to.focus();
  });

  function draw(grants: readonly GraphGrant[]): void {
    shown = grants;
    buttons.clear();
    lists.replaceChildren(...columns.map(column).filter((one) => one !== undefined));
    light();
  }

  function column(name: Column): HTMLElement | undefined {
    const ids = [...new Set(shown.flatMap(({ path }) => path))].filter(
      (id) => boxes.get(id)?.column === name,
    );
    if (ids.length === 0) return undefined;
    const title = `column-${name}`;
    return h(
      'div',
      { class: `column column-${name}`, role: 'group', 'aria-labelledby': title },
      h('h3', { id: title }, titles[name]),
      h('ul', {}, ...ids.map((id) => h('li', {}, button(id)))),
    );
  }

  function button(id: string): HTMLButtonElement {
    const box = boxes.get(id);
    const mark = markOf(shown.filter(({ path }) => path.includes(id)));
    const made = h(
      'button',
      { type: 'button', class: `box mark-${mark}`, 'aria-pressed': 'false', 'data-id': id },
      h('span', { class: 'label' }, ...breaking(box?.label ?? id)),
      h('span', { class: 'kind' }, box?.kind ?? ''),
      markBadge(mark),
    );
    made.addEventListener('click', () => {
      chosen(current === id ? undefined : id);
    });
    buttons.set(id, made);
    return made;
  }

  function choose(id: string | undefined): void {
    current = id;
    light();
  }

  function light(): void {
    const through =
      current === undefined ? shown : shown.filter(({ path }) => path.includes(current ?? ''));
    const lit = new Set(through.flatMap(({ path }) => path));
    for (const [id, made] of buttons) {
      made.setAttribute('aria-pressed', String(id === current));
      made.classList.toggle('dim', current !== undefined && !lit.has(id));
    }
    redraw();
  }

  function redraw(): void {
    const frame = lists.getBoundingClientRect();
    lines.setAttribute('viewBox', `0 0 ${String(frame.width)} ${String(frame.height)}`);
    lines.setAttribute('width', String(frame.width));
    lines.setAttribute('height', String(frame.height));
    const edges = new Map<string, Edge>();
    for (const { path, mark } of shown) {
      const lit = current === undefined || path.includes(current);
      for (const [index, to] of path.slice(1).entries()) {
        const from = path[index] ?? '';
        const key = JSON.stringify([from, to]);
        const there = edges.get(key);
        edges.set(key, {
          from,
          to,
          marks: [...(there?.marks ?? []), mark],
          lit: lit || there?.lit === true,
        });
      }
    }
    const all = [...edges.values()].sort((one, other) => Number(one.lit) - Number(other.lit));
    lines.replaceChildren(...all.flatMap((edge) => line(edge, frame) ?? []));
  }

  function line({ from, to, marks, lit }: Edge, frame: DOMRect): SVGElement | undefined {
    const [one, other] = [buttons.get(from), buttons.get(to)];
    if (one === undefined || other === undefined) return undefined;
    const [a, b] = [one.getBoundingClientRect(), other.getBoundingClientRect()];
    const [x1, y1] = [a.right - frame.left, a.top + a.height / 2 - frame.top];
    const [x2, y2] = [b.left - frame.left, b.top + b.height / 2 - frame.top];
    const bend = Math.max(14, (x2 - x1) / 2);
    const d = `M${String(x1)} ${String(y1)}C${String(x1 + bend)} ${String(y1)} ${String(x2 - bend)} ${String(y2)} ${String(x2)} ${String(y2)}`;
    const state = current === undefined ? '' : lit ? 'lit' : 'dim';
    return svg('path', { d, class: `line mark-${oneMark(marks)} ${state}` });
  }

  return { element, draw, choose };
}

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly marks: readonly Mark[];
  readonly lit: boolean;
}

const loudest: readonly Mark[] = ['unknown', 'widened', 'added', 'removed', 'narrowed', 'same'];

/** One mark for several: theirs where all agree, or else the one that a reviewer must see; a box that stays is not new. */
function oneMark(all: readonly Mark[]): Mark {
  const [first = 'same'] = all;
  if (all.every((mark) => mark === first)) return first;
  const found = loudest.find((mark) => all.includes(mark)) ?? 'same';
  return found === 'added' ? 'widened' : found === 'removed' ? 'narrowed' : found;
}

function markOf(grants: readonly GraphGrant[]): Mark {
  return oneMark(grants.map(({ mark }) => mark));
}

/** Up and down within a column, left and right to the nearest box of the next one. */
function neighbour(lists: HTMLElement, { key, target }: KeyboardEvent): HTMLElement | undefined {
  if (!(target instanceof HTMLElement) || !key.startsWith('Arrow')) return undefined;
  const all = [...lists.querySelectorAll<HTMLElement>('.column')].map((column) => [
    ...column.querySelectorAll<HTMLElement>('.box'),
  ]);
  const at = all.findIndex((column) => column.includes(target));
  const row = all[at]?.indexOf(target) ?? -1;
  if (key === 'ArrowDown') return all[at]?.[row + 1];
  if (key === 'ArrowUp') return all[at]?.[row - 1];
  const beside = all[at + (key === 'ArrowRight' ? 1 : -1)] ?? [];
  const middle = (one: HTMLElement) => one.getBoundingClientRect().top + one.offsetHeight / 2;
  return beside.reduce<HTMLElement | undefined>(
    (best, one) =>
      best === undefined ||
      Math.abs(middle(one) - middle(target)) < Math.abs(middle(best) - middle(target))
        ? one
        : best,
    undefined,
  );
}
