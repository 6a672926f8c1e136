import type { Change } from '../reach/change.ts';
import type { Grant, SecretClass } from '../reach/grants/grant.ts';
import { marked, type Marked } from './marks.ts';
import { groupOf, nodesOf, whoOf } from './nodes.ts';
import type { GraphGrant, Node, TrustGraph } from './payload.ts';
import { limitsInWords, mayInWords, stepsOf } from './words.ts';

/** What base gave and what the review says of the way from there. */
export interface Before {
  readonly base: string;
  readonly grants: readonly Grant[];
  /** In the order in which they are to be read. */
  readonly changes: readonly Change[];
}

/** The trust graph of what is given, marked by what a review compares it with. */
export function graphOf(grants: readonly Grant[], before?: Before): TrustGraph {
  const all: readonly Marked[] =
    before === undefined
      ? grants.map((grant) => ({ grant, mark: 'same', differences: [] }))
      : marked(before.grants, grants);
  const nodes = new Map<string, Node>();
  const drawn = all.map((one): GraphGrant => {
    const path = nodesOf(one.grant);
    for (const node of path) nodes.set(node.id, node);
    return withWords(one, path);
  });
  return {
    version: 1,
    review: before === undefined ? undefined : { base: before.base, changes: before.changes },
    nodes: [...nodes.values()],
    grants: drawn,
  };
}

function withWords({ grant, mark, differences }: Marked, path: readonly Node[]): GraphGrant {
  return {
    ...grant,
    decides: undefined,
    path: path.map(({ id }) => id),
    who: whoOf(grant),
    group: groupOf(grant),
    housekeeping: isHousekeeping(grant),
    may: mayInWords(grant),
    steps: stepsOf(grant),
    limits: limitsInWords(grant),
    ...{ mark, differences },
  };
}

/** What a consumer has for itself: its own token, its arrival, what it sees of metadata. */
function isHousekeeping(grant: Grant): boolean {
  const { system, rung, secretClass, unknown } = grant;
  return (
    system === 'openbao' && rung === undefined && secretClass === undefined && unknown === undefined
  );
}

/** Classes of Infisical's folders, which only the declaration knows: `/ai` to `ai-model-keys`. */
export function withFolderClasses(
  grants: readonly Grant[],
  folders: ReadonlyMap<string, SecretClass>,
): readonly Grant[] {
  return grants.map((grant) => {
    const path = (/^infisical:\/\/[^/]+\/[^/]+(\/.*)$/.exec(grant.resource) ?? [])[1];
    const secretClass = path === undefined ? undefined : folders.get(path);
    return secretClass === undefined ? grant : { ...grant, secretClass };
  });
}
