import type { GraphGrant, TrustGraph } from '../payload.ts';

/** What is looked at. An empty text filters nothing. */
export interface Filter {
  readonly search: string;
  /** `group:consumers`, or `who:` and a name. */
  readonly who: string;
  readonly rung: string;
  readonly secretClass: string;
  /** `changed`, or one mark. */
  readonly mark: string;
  readonly housekeeping: boolean;
}

/** Of a review what changed; otherwise what consumers reach. */
export function first({ review, grants }: TrustGraph): Filter {
  const changed = review !== undefined && grants.some(({ mark }) => mark !== 'same');
  return {
    ...{ search: '', rung: '', secretClass: '' },
    who: changed ? '' : 'group:consumers',
    mark: changed ? 'changed' : '',
    housekeeping: changed,
  };
}

export function matching(grants: readonly GraphGrant[], filter: Filter): readonly GraphGrant[] {
  const words = filter.search
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const found = grants.filter(
    (grant) =>
      (filter.housekeeping || !grant.housekeeping) &&
      (filter.who === '' ||
        filter.who === `group:${grant.group}` ||
        filter.who === `who:${grant.who}`) &&
      (filter.rung === '' || filter.rung === String(grant.rung ?? 'none')) &&
      (filter.secretClass === '' || filter.secretClass === (grant.secretClass ?? 'none')) &&
      (filter.mark === '' ||
        filter.mark === grant.mark ||
        (filter.mark === 'changed' && grant.mark !== 'same')) &&
      words.every((word) => textOf(grant).includes(word)),
  );
  // What one has stands together, so that fewer ways cross.
  return found.sort((one, other) => (one.who < other.who ? -1 : one.who > other.who ? 1 : 0));
}

const texts = new WeakMap<GraphGrant, string>();

function textOf(grant: GraphGrant): string {
  const known = texts.get(grant);
  if (known !== undefined) return known;
  const { who, subject, resource, actions, conditions, chain, unknown, limits } = grant;
  const all = [
    who,
    subject,
    resource,
    ...actions,
    ...conditions,
    ...chain,
    ...limits,
    unknown ?? '',
  ];
  const text = all.join('\n').toLowerCase();
  texts.set(grant, text);
  return text;
}
