import type { GraphGrant, TrustGraph } from '../payload.ts';
import { marks, rungs } from './badges.ts';
import { h } from './dom.ts';
import { first, type Filter } from './filter.ts';

const groups: Readonly<Record<GraphGrant['group'], string>> = {
  consumers: 'All consumers',
  program: "The program's own identities",
  people: 'People',
  aws: 'AWS: roles and who may become them',
  other: 'GitHub and others',
};

/** Search and filters. `changed` is called with what is asked for now. */
export function toolbar(graph: TrustGraph, changed: (filter: Filter) => void): HTMLElement {
  const start = first(graph);
  const search = h('input', {
    ...{ id: 'search', type: 'search', autocomplete: 'off', spellcheck: 'false' },
    placeholder: 'path, ARN, name, address',
  });
  const who = select('who', start.who, whoOptions(graph.grants));
  const rung = select('rung', start.rung, [
    ['', 'Any'],
    ...[1, 2, 3].map((one) => [String(one), rungs[one] ?? ''] as const),
    ['none', 'no secret'],
  ]);
  const classes = [...new Set(graph.grants.flatMap((one) => one.secretClass ?? []))].sort();
  const secretClass = select('class', start.secretClass, [
    ['', 'Any'],
    ...classes.map((one) => [one, one] as const),
    ['none', 'none'],
  ]);
  const mark = select('mark', start.mark, [
    ['', 'All, changed or not'],
    ['changed', 'All that changed'],
    ...(['added', 'removed', 'widened', 'narrowed', 'unknown'] as const).map(
      (one) => [one, marks[one].join(' ')] as const,
    ),
  ]);
  const housekeeping = h('input', {
    id: 'housekeeping',
    type: 'checkbox',
    checked: start.housekeeping,
  });
  const form = h(
    'form',
    { role: 'search', class: 'toolbar', 'aria-label': 'Filter the graph' },
    field('Search', search, 'grow'),
    field('Who', who),
    field('Rung', rung),
    field('Secret class', secretClass),
    graph.review === undefined ? undefined : field('Change', mark),
    h(
      'div',
      { class: 'check' },
      housekeeping,
      h('label', { for: 'housekeeping' }, 'Paths without a secret'),
    ),
    h('button', { type: 'reset' }, 'Reset'),
  );
  const tell = () => {
    changed({
      search: search.value,
      who: who.value,
      rung: rung.value,
      secretClass: secretClass.value,
      mark: graph.review === undefined ? '' : mark.value,
      housekeeping: housekeeping.checked,
    });
  };
  form.addEventListener('input', tell);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
  });
  form.addEventListener('reset', (event) => {
    event.preventDefault();
    search.value = start.search;
    who.value = start.who;
    rung.value = start.rung;
    secretClass.value = start.secretClass;
    mark.value = start.mark;
    housekeeping.checked = start.housekeeping;
    tell();
  });
  return form;
}

type Option = readonly [value: string, text: string];

function whoOptions(grants: readonly GraphGrant[]): readonly Option[] {
  const names = [...new Set(grants.map(({ who }) => who))].sort();
  const there = new Set(grants.map(({ group }) => group));
  const entries = Object.entries(groups) as readonly (readonly [GraphGrant['group'], string])[];
  return [
    ['', 'Everybody'],
    ...entries
      .filter(([group]) => there.has(group))
      .map(([group, text]) => [`group:${group}`, text] as const),
    ...names.map((name) => [`who:${name}`, name] as const),
  ];
}

function select(id: string, value: string, options: readonly Option[]): HTMLSelectElement {
  const element = h(
    'select',
    { id },
    ...options.map(([of, text]) => h('option', { value: of }, text)),
  );
  element.value = value;
  return element;
}

function field(text: string, control: HTMLElement, extra = ''): HTMLElement {
  return h('div', { class: `field ${extra}` }, h('label', { for: control.id }, text), control);
}
