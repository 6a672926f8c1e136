import { isUnresolved } from '../../synthesized/reference.ts';
import type { Stack, Synthesized } from '../../synthesized/resource.ts';
import { compareAws } from './aws.ts';
import { nothing, type Change } from './change.ts';
import { compareFirewalls } from './firewall.ts';
import { compareLimit } from './limits.ts';
import { compareLogins } from './logins.ts';
import { meaningOf, types } from './types.ts';
import { at, place, textAt, view, type Located, type View } from './view.ts';

/**
 * What changes in the world of trust from one synthesized output to another: by meaning where it is
 * understood, and UNKNOWN where it is not. What is the same is left out.
 */
export function compareReach(before: Synthesized, after: Synthesized): readonly Change[] {
  const [old, now] = [view(before), view(after)];
  return [
    ...compareLogins(old, now),
    ...compareAws(old, now),
    ...compareFirewalls(old, now),
    ...compareResources(old, now),
    ...compareBlocks(before, after),
  ];
}

function compareResources(before: View, after: View): readonly Change[] {
  const key = ({ resource }: Located) => `${resource.stack} ${resource.address}`;
  const old = new Map(before.all.map((one) => [key(one), one]));
  const now = new Map(after.all.map((one) => [key(one), one]));
  return [...new Set([...old.keys(), ...now.keys()])]
    .sort()
    .flatMap((one) => compareResource(old.get(one), now.get(one)));
}

function compareResource(was: Located | undefined, is: Located | undefined): readonly Change[] {
  const here = is ?? was;
  if (here === undefined) return [];
  const { type, mode } = here.resource;
  const meaning = mode === 'managed' ? types[type] : undefined;
  const chain = [place(here)];
  const name = meaning?.name === undefined ? undefined : textAt(here, meaning.name);
  const subject = `${meaning?.subject ?? type} ${name ?? here.resource.name}`;
  const whole = (verdict: Change['verdict'], what: string): Change => ({
    ...{ verdict, subject, what, chain },
    before: was === undefined ? nothing : 'there',
    after: is === undefined ? nothing : 'there',
  });
  if (was === undefined) {
    if (meaning === undefined)
      return [whole('UNKNOWN', `${type}: a type that this review does not know`)];
    return [
      ...(meaning.created === 'widens' ? [whole('WIDENS', 'a new way in')] : []),
      ...unknownArguments(here, whole),
    ];
  }
  if (is === undefined) {
    if (meaning === undefined)
      return [whole('UNKNOWN', `${type}: a type that this review does not know`)];
    if (meaning.removed === undefined) return [];
    return [whole(meaning.removed === 'widens' ? 'WIDENS' : 'UNKNOWN', 'a guard that is gone')];
  }
  return compareArguments(was, is, subject, chain);
}

/** Of a new resource, what is written in no row of its type: nobody has said what it gives. */
function unknownArguments(
  { resource }: Located,
  whole: (verdict: 'UNKNOWN', what: string) => Change,
): readonly Change[] {
  const row = types[resource.type];
  if (row === undefined || Object.keys(row.arguments).length === 0) return [];
  return Object.keys(resource.body)
    .filter((argument) => argument === 'provisioner' || argument === 'connection')
    .map((argument) => whole('UNKNOWN', `${argument}: it runs something`));
}

function compareArguments(
  was: Located,
  is: Located,
  subject: string,
  chain: readonly string[],
): readonly Change[] {
  const names = new Set([...Object.keys(was.resource.body), ...Object.keys(is.resource.body)]);
  return [...names].sort().flatMap((name): Change[] => {
    const [old, now] = [at(was, name), at(is, name)];
    if (JSON.stringify(old) === JSON.stringify(now)) return [];
    const meaning = meaningOf(is.resource.type, name);
    if (meaning === 'inert') return [];
    const open = isUnresolved(old) || isUnresolved(now);
    if (meaning === 'policy' && !open && comparedByMeaning(is.resource.type, name)) return [];
    const verdict = open || meaning === 'policy' ? 'UNKNOWN' : compareLimit(meaning, old, now);
    if (verdict === 'SAME') return [];
    return [{ verdict, subject, what: name, before: shown(old), after: shown(now), chain }];
  });
}

/** `tune` is the one argument that is read for its meaning and by no comparer of its own. */
function comparedByMeaning(type: string, name: string): boolean {
  return !(type === 'vault_auth_backend' && name === 'tune');
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return nothing;
  if (isUnresolved(value)) return value.unresolved;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** What stands in no resource and still decides: where state lies is not reach, a provider and a module are. */
const inertBlocks: ReadonlySet<string> = new Set(['output', 'terraform.backend']);

function compareBlocks(before: Synthesized, after: Synthesized): readonly Change[] {
  const blocks = ({ stacks }: Synthesized) =>
    new Map(stacks.flatMap((stack) => [...blocksOfStack(stack)]));
  const [old, now] = [blocks(before), blocks(after)];
  return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((key): Change[] => {
    const [was, is] = [old.get(key), now.get(key)];
    if (was === is || inertBlocks.has(key.replace(/^\S+ /, ''))) return [];
    const [subject = '', what = ''] = key.split(' ');
    return [
      {
        ...{ verdict: 'UNKNOWN', subject: `stack ${subject}`, what, chain: [subject] },
        before: was ?? nothing,
        after: is ?? nothing,
      },
    ];
  });
}

function* blocksOfStack({ name, blocks }: Stack): Generator<readonly [string, string]> {
  for (const [block, value] of Object.entries(blocks)) {
    if (block !== 'terraform' || typeof value !== 'object' || value === null) {
      yield [`${name} ${block}`, JSON.stringify(value)];
      continue;
    }
    for (const [part, inner] of Object.entries(value)) {
      yield [`${name} terraform.${part}`, JSON.stringify(inner)];
    }
  }
}
