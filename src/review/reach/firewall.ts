import { blocksOf, type Json } from '../../synthesized/resource.ts';
import { compareLimit } from './limits.ts';
import { nothing, type Change } from './change.ts';
import { place, type Located, type View } from './view.ts';

/** Inbound rules of containers: who may connect to which port. */
export function compareFirewalls(before: View, after: View): readonly Change[] {
  const [old, now] = [rulesOf(before), rulesOf(after)];
  return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((subject) => {
    const was = old.get(subject)?.rules ?? new Map<string, Json>();
    const is = now.get(subject)?.rules ?? new Map<string, Json>();
    const chain = [(now.get(subject) ?? old.get(subject))?.where ?? ''];
    const order = [[...was.keys()], [...is.keys()]] as const;
    const added = [...is.keys()].filter((one) => !was.has(one));
    const gone = [...was.keys()].filter((one) => !is.has(one));
    return [
      ...added
        // What another one let in before is no more than it was.
        .filter((rule) => ![...was.keys()].some((other) => ruleWithin(rule, other)))
        .map((rule): Change => ({
          verdict: lets(rule) ? 'WIDENS' : 'UNKNOWN',
          ...{ subject, what: rule, before: nothing, after: 'there', chain },
        })),
      ...gone.map((rule): Change => ({
        verdict: lets(rule) ? 'NARROWS' : 'UNKNOWN',
        ...{ subject, what: rule, before: 'there', after: nothing, chain },
      })),
      ...(added.length + gone.length === 0 && mattersIn(order) ? [reordered(subject, chain)] : []),
    ];
  });
}

/** Only these add up: the order of others, and what stands before them, decides. */
function lets(rule: string): boolean {
  return rule.startsWith('ACCEPT in ');
}

function mattersIn([was, is]: readonly [readonly string[], readonly string[]]): boolean {
  return was.join('\n') !== is.join('\n') && !was.every(lets);
}

function reordered(subject: string, chain: readonly string[]): Change {
  const what = 'the order of its rules';
  return { verdict: 'UNKNOWN', subject, what, before: 'there', after: 'another', chain };
}

interface Rules {
  readonly where: string;
  readonly rules: ReadonlyMap<string, Json>;
}

function rulesOf(view: View): ReadonlyMap<string, Rules> {
  return new Map(
    view
      .of('proxmox_virtual_environment_firewall_rules')
      .map((located) => [
        `firewall ${located.resource.name}`,
        { where: place(located), rules: new Map(ruleTexts(located).map((text) => [text, null])) },
      ]),
  );
}

function ruleTexts({ resource }: Located): readonly string[] {
  return blocksOf(resource.body['rule']).map((rule) => {
    const { action, type, source, dport, proto, ...others } = rule;
    const rest = Object.entries(others).filter(([name]) => name !== 'comment');
    const more = rest.length === 0 ? '' : ` ${JSON.stringify(rest)}`;
    return `${word(action)} ${word(type)} from ${word(source)} to ${word(proto)} ${word(dport)}${more}`;
  });
}

function word(value: Json | undefined): string {
  return typeof value === 'string' ? value : 'any';
}

/** The same but for a source that is within the other's. */
function ruleWithin(inner: string, outer: string): boolean {
  const parts = (rule: string) => /^(.*) from (\S+) to (.*)$/.exec(rule);
  const [one, other] = [parts(inner), parts(outer)];
  if (!lets(inner) || one === null || other === null || one[1] !== other[1] || one[3] !== other[3])
    return false;
  if (other[2] === 'any') return true;
  if (one[2] === 'any') return false;
  return ['SAME', 'NARROWS'].includes(compareLimit('cidrs', [other[2] ?? ''], [one[2] ?? '']));
}
