import type { GraphGrant, Node as Box } from '../payload.ts';
import { labels } from './badges.ts';
import { breaking, h } from './dom.ts';

/** More than these are not told at once: a narrower choice tells more. */
const most = 20;

/** Why: of everything that goes through one box, the chain in words, its limits, its resources. */
export function why(box: Box | undefined, grants: readonly GraphGrant[]): readonly HTMLElement[] {
  if (box === undefined) {
    return [
      h('h2', { id: 'why-title' }, 'Why'),
      h(
        'p',
        { class: 'quiet' },
        'Choose a box: what goes through it stands here, step by step, with its limits and the resources that give it.',
      ),
    ];
  }
  const count = `${String(grants.length)} ${grants.length === 1 ? 'grant' : 'grants'}`;
  return [
    h('h2', { id: 'why-title' }, 'Why: ', h('code', {}, ...breaking(box.label))),
    h('p', { class: 'quiet' }, `${box.kind}, ${count} through it`),
    ...grants.slice(0, most).map(card),
    ...(grants.length > most
      ? [
          h(
            'p',
            { class: 'notice' },
            `The first ${String(most)} of ${count}. Choose a box further right, or filter.`,
          ),
        ]
      : []),
  ];
}

export function card(grant: GraphGrant): HTMLElement {
  const { who, may, resource, steps, limits, conditions, unknown, differences } = grant;
  return h(
    'article',
    { class: `card mark-${grant.mark}` },
    h(
      'h3',
      {},
      h('strong', {}, who),
      ` ${may} `,
      unknown === undefined ? h('code', {}, ...breaking(resource)) : '',
    ),
    h('p', { class: 'badges' }, ...labels(grant)),
    unknown === undefined
      ? undefined
      : h('p', { class: 'notice' }, `Not followed to its end: ${unknown}.`),
    differences.length === 0
      ? undefined
      : h('ul', { class: 'differences' }, ...differences.map((one) => h('li', {}, one))),
    h(
      'ol',
      { class: 'steps' },
      ...steps.map(({ says, address }) =>
        h('li', {}, says, address === undefined ? undefined : h('code', {}, ...breaking(address))),
      ),
    ),
    limits.length + conditions.length === 0
      ? undefined
      : h('ul', { class: 'limits' }, ...[...limits, ...conditions].map((one) => h('li', {}, one))),
  );
}
