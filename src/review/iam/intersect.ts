import { DocumentUnreadable, type Statement } from './document.ts';
import { covers } from './glob.ts';

/**
 * What a session of a role may do: what both the role's policies and the session policy allow, as statements
 * again, and what either denies.
 *
 * @throws DocumentUnreadable  two patterns that overlap without one being within the other, or an allowance
 *   by exclusion (`NotAction`, `NotResource`) in both: neither is written as one pattern
 */
export function sessionOf(
  role: readonly Statement[],
  session: readonly Statement[],
): readonly Statement[] {
  const allows = (all: readonly Statement[]) => all.filter(({ effect }) => effect === 'Allow');
  const denies = [...role, ...session].filter(({ effect }) => effect === 'Deny');
  const both = allows(role).flatMap((one) =>
    allows(session).flatMap((other) => {
      const actions = meet([one.actions, one.notActions], [other.actions, other.notActions]);
      const resources = meet(
        [one.resources, one.notResources],
        [other.resources, other.notResources],
      );
      if (actions === 'none' || resources === 'none') return [];
      return [
        {
          effect: 'Allow' as const,
          actions: actions[0],
          notActions: actions[1],
          resources: resources[0],
          notResources: resources[1],
          principals: undefined,
          conditions: [...one.conditions, ...other.conditions],
        },
      ];
    }),
  );
  return [...both, ...denies];
}

type Choice = readonly [these: readonly string[] | undefined, not: readonly string[] | undefined];

function meet(one: Choice, other: Choice): Choice | 'none' {
  const [these, not] = one;
  const [otherThese, otherNot] = other;
  if (these === undefined && not === undefined) return other;
  if (otherThese === undefined && otherNot === undefined) return one;
  if (these === undefined || otherThese === undefined) {
    throw new DocumentUnreadable('an allowance by exclusion on either side of a session policy');
  }
  const patterns = these.flatMap((a) => otherThese.flatMap((b) => narrower(a, b)));
  return patterns.length === 0 ? 'none' : [[...new Set(patterns)], undefined];
}

function narrower(one: string, other: string): readonly string[] {
  if (covers(one, other)) return [other];
  if (covers(other, one)) return [one];
  if (/[*?]/.test(one) && /[*?]/.test(other) && mayOverlap(one, other)) {
    throw new DocumentUnreadable(`the overlap of "${one}" and "${other}"`);
  }
  return [];
}

/** Texts before the first wildcard of each agree as far as both go. Never false by mistake. */
function mayOverlap(one: string, other: string): boolean {
  const [a = '', b = ''] = [one, other].map((text) => text.split(/[*?]/)[0]);
  return a.startsWith(b) || b.startsWith(a);
}
