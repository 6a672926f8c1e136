import type { Change } from '../../reach/change.ts';
import type { GraphGrant } from '../payload.ts';
import { markBadge, verdictBadge } from './badges.ts';
import { breaking, h } from './dom.ts';

const page = 100;

export interface Table {
  readonly element: HTMLElement;
  fill(grants: readonly GraphGrant[]): void;
}

/** The same grants as rows: all that the graph says, without a picture. */
export function table(reviewed: boolean): Table {
  const body = h('tbody');
  const more = h('button', { type: 'button', class: 'more' });
  const heads = [
    ...(reviewed ? ['Change'] : []),
    'Who',
    'May',
    'What',
    'Limits',
    'Rung',
    'Class',
    'Through',
  ];
  const scroll = h(
    'div',
    { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Grants as a table' },
    h(
      'table',
      { id: 'grants' },
      h('caption', {}, 'Every grant that the filters above let through'),
      h('thead', {}, h('tr', {}, ...heads.map((head) => h('th', { scope: 'col' }, head)))),
      body,
    ),
  );
  let all: readonly GraphGrant[] = [];
  more.addEventListener('click', () => {
    add();
  });
  function add(): void {
    const shown = body.childElementCount;
    body.append(...all.slice(shown, shown + page).map((grant) => row(grant, reviewed)));
    const left = all.length - body.childElementCount;
    more.hidden = left === 0;
    more.textContent = `${String(left)} more: show the next ${String(Math.min(page, left))}`;
  }
  return {
    element: h(
      'section',
      { 'aria-labelledby': 'table-title' },
      h('h2', { id: 'table-title' }, 'As a table'),
      scroll,
      more,
    ),
    fill(grants) {
      all = grants;
      body.replaceChildren();
      add();
    },
  };
}

function row(grant: GraphGrant, reviewed: boolean): HTMLElement {
  const {
    who,
    may,
    resource,
    limits,
    conditions,
    rung,
    secretClass,
    chain,
    unknown,
    mark,
    differences,
  } = grant;
  const list = (items: readonly string[]) => items.join('; ');
  return h(
    'tr',
    { class: `mark-${mark}` },
    reviewed
      ? h('td', {}, markBadge(mark) ?? 'same', ...differences.map((one) => h('div', {}, one)))
      : undefined,
    h('th', { scope: 'row' }, who),
    h('td', {}, may),
    h('td', {}, unknown ?? h('code', {}, ...breaking(resource))),
    h('td', {}, list([...limits, ...conditions])),
    h('td', {}, rung === undefined ? '-' : String(rung)),
    h('td', {}, secretClass ?? '-'),
    h('td', {}, h('code', {}, ...breaking(chain.join(' → ')))),
  );
}

/** What the review says, also of what is no grant. */
export function changesTable(changes: readonly Change[]): HTMLElement {
  if (changes.length === 0)
    return h('p', { class: 'notice' }, 'Nothing changes in who may reach what.');
  return h(
    'div',
    { class: 'scroll changes', tabindex: '0', role: 'region', 'aria-label': 'Changes as a table' },
    h(
      'table',
      { id: 'changes' },
      h('caption', {}, 'What changes, the widest first'),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          ...['Verdict', 'Who', 'What', 'Before', 'After', 'Where'].map((one) =>
            h('th', { scope: 'col' }, one),
          ),
        ),
      ),
      h(
        'tbody',
        {},
        ...changes.map(({ verdict, subject, what, before, after, chain }) =>
          h(
            'tr',
            {},
            h('td', {}, verdictBadge(verdict)),
            h('th', { scope: 'row' }, subject),
            h('td', {}, ...breaking(what)),
            h('td', {}, before),
            h('td', {}, after),
            h('td', {}, h('code', {}, ...breaking(chain.join(' → ')))),
          ),
        ),
      ),
    ),
  );
}
