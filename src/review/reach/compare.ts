import type { Stack, Synthesized } from '../../synthesized/resource.ts';
import { compareAws } from './aws.ts';
import { nothing, type Change } from './change.ts';
import { compareEndpoints } from './endpoints.ts';
import { compareFirewalls } from './firewall.ts';
import { compareAliases } from './identities.ts';
import { compareLogins } from './logins.ts';
import { comparePrograms } from './programs.ts';
import { compareResources } from './resources.ts';
import { view } from './view.ts';

/**
 * What changes in the world of trust from one synthesized output to another: by meaning where it is
 * understood, and UNKNOWN where it is not. What is the same is left out.
 */
export function compareReach(before: Synthesized, after: Synthesized): readonly Change[] {
  const [old, now] = [view(before), view(after)];
  return [
    ...compareLogins(old, now),
    ...compareAws(old, now),
    ...compareAliases(old, now),
    ...compareEndpoints(old, now),
    ...compareFirewalls(old, now),
    ...comparePrograms(old, now),
    ...compareResources(old, now),
    ...compareBlocks(before, after),
  ];
}

/**
 * Of what stands in no resource and still decides, what does not: where state lies is not reach, nor who
 * synthesized it; a provider, a version and a module are.
 */
const inert: ReadonlySet<string> = new Set(['//', 'output', 'terraform.backend']);

function compareBlocks(before: Synthesized, after: Synthesized): readonly Change[] {
  const stacks = ({ stacks: all }: Synthesized) => new Map(all.map((stack) => [stack.name, stack]));
  const [old, now] = [stacks(before), stacks(after)];
  return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((stack) => {
    const [was, is] = [blocksOf(old.get(stack)), blocksOf(now.get(stack))];
    return [...new Set([...was.keys(), ...is.keys()])].sort().flatMap((what): Change[] => {
      const [one, other] = [was.get(what), is.get(what)];
      if (one === other || inert.has(what)) return [];
      return [
        {
          ...{ verdict: 'UNKNOWN', subject: `stack ${stack}`, what, chain: [stack] },
          before: one ?? nothing,
          after: other ?? nothing,
        },
      ];
    });
  });
}

function blocksOf(stack: Stack | undefined): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(stack?.blocks ?? {}).flatMap(([block, value]) =>
      block === 'terraform' && typeof value === 'object' && value !== null
        ? Object.entries(value).map(
            ([part, inner]) => [`terraform.${part}`, JSON.stringify(inner)] as const,
          )
        : [[block, JSON.stringify(value)] as const],
    ),
  );
}
