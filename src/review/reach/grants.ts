import type { Synthesized } from '../../synthesized/resource.ts';
import { awsGrants, sessionGrants } from './grants/aws.ts';
import { noLimits, type Grant } from './grants/grant.ts';
import { infisicalGrants } from './grants/infisical.ts';
import { labelsOf } from './grants/labels.ts';
import { openBaoGrants, waysOf } from './grants/openbao.ts';
import { types } from './types.ts';
import { place, textAt, view, type Located, type View } from './view.ts';

export type { Grant, Rung, SecretClass } from './grants/grant.ts';

/**
 * Everything that a synthesized output gives: who, what, for how long, from where, through which resources.
 * In a stable order: by subject, then by resource. What cannot be followed is in it with `unknown`.
 */
export function grantsOf(synthesized: Synthesized): readonly Grant[] {
  const seen = view(synthesized);
  const ways = waysOf(seen);
  const consumers = new Set(ways.flatMap(({ consumer }) => consumer ?? []));
  return inOrder([
    ...openBaoGrants(ways, labelsOf(seen)),
    ...sessionGrants(ways, seen),
    ...awsGrants(seen),
    ...infisicalGrants(seen, consumers),
    ...strangers(seen),
  ]);
}

function inOrder(grants: readonly Grant[]): readonly Grant[] {
  const key = ({ subject, system, resource, effect, actions, conditions, ...rest }: Grant) => {
    const { unknown = null, chain } = rest;
    return JSON.stringify([subject, system, resource, effect, actions, conditions, unknown, chain]);
  };
  // Two statements of which one is within the other meet in the same one.
  return [...new Map(grants.map((grant) => [key(grant), grant]))]
    .sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0))
    .map(([, grant]) => grant);
}

/** Resources of a type that the review has no row for: whatever they give, nobody here can tell. */
function strangers(seen: View): readonly Grant[] {
  return seen.all.filter(isStranger).map((located) => ({
    ...{ ...noLimits, system: systemOf(located), kind: 'resource', consumer: undefined },
    subject: `${located.resource.type} ${located.resource.name}`,
    ...{ chain: [place(located)], resource: '?', effect: 'allow', actions: [], conditions: [] },
    ...{ rung: undefined, secretClass: undefined, decides: undefined },
    unknown: `${located.resource.type}: a type that this review does not know`,
  }));
}

function isStranger(located: Located): boolean {
  const { mode, type } = located.resource;
  if (mode !== 'managed') return false;
  if (type === 'vault_generic_endpoint') return !isHarmless(textAt(located, 'path'));
  return !Object.hasOwn(types, type);
}

/** Written by any path; these two give nobody anything: metadata of a secret, the tidying of a PKI. */
function isHarmless(path: string | undefined): boolean {
  return path !== undefined && /^[^/]+\/(metadata\/[^*]+|config\/auto-tidy)$/.test(path);
}

function systemOf({ resource }: Located): Grant['system'] {
  if (resource.type.startsWith('aws_')) return 'aws';
  return resource.type.startsWith('infisical_') ? 'infisical' : 'openbao';
}
