import { blocksOf, type Json } from '../../synthesized/resource.ts';
import { compareLimit } from './limits.ts';
import { nothing, type Change } from './change.ts';
import { place, type Located, type View } from './view.ts';

/** Rules of containers: who may connect to which port, and where they may connect to. */
export function compareFirewalls(before: View, after: View): readonly Change[] {
  const [old, now] = [rulesOf(before), rulesOf(after)];
  return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((subject) => {
    const was = old.get(subject)?.rules ?? new Map<string, Json>();
    const is = now.get(subject)?.rules ?? new Map<string, Json>();
    const chain = [(now.get(subject) ?? old.get(subject))?.where ?? ''];
    const order = [
      [...was.keys()].filter((one) => is.has(one)),
      [...is.keys()].filter((one) => was.has(one)),
    ] as const;
    const added = [...is.keys()].filter((one) => !was.has(one));
    const gone = [...was.keys()].filter((one) => !is.has(one));
    return [
      ...added
        // What another one let pass before is no more than it was, if none that drops stood before that.
        .filter(
          (rule) =>
            ![...was.keys()].every(lets) || ![...was.keys()].some((one) => ruleWithin(rule, one)),
        )
        .map((rule): Change => ({
          verdict: lets(rule) ? 'WIDENS' : drops(rule) ? 'NARROWS' : 'UNKNOWN',
          ...{ subject, what: rule, before: nothing, after: 'there', chain },
        })),
      ...gone.map((rule): Change => ({
        verdict: lets(rule) ? 'NARROWS' : drops(rule) ? 'WIDENS' : 'UNKNOWN',
        ...{ subject, what: rule, before: 'there', after: nothing, chain },
      })),
      ...(mattersIn(order) ? [reordered(subject, chain)] : []),
    ];
  });
}

/** Only these add up: the order of others, and what stands before them, decides. */
function lets(rule: string): boolean {
  return /^ACCEPT (in|out) /.test(rule);
}

/** Wherever it stands, it takes away and gives nothing. */
function drops(rule: string): boolean {
  return /^(DROP|REJECT) (in|out) /.test(rule);
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
    const { action, type, source, dest, dport, proto, ...others } = rule;
    // The other end: whoever connects, or what is connected to. What names both is said whole.
    const [end, beside] = type === 'out' ? [dest, source] : [source, dest];
    const unusual = { ...others, ...(beside === undefined ? {} : { source, dest }) };
    const rest = Object.entries(unusual).filter(([name]) => name !== 'comment');
    const more = rest.length === 0 ? '' : ` ${JSON.stringify(rest)}`;
    const [direction, port] = type === 'out' ? ['to', 'by'] : ['from', 'to'];
    return `${word(action)} ${word(type)} ${direction} ${word(end)} ${port} ${word(proto)} ${word(dport)}${more}`;
  });
}

function word(value: Json | undefined): string {
  return typeof value === 'string' ? value : 'any';
}

/** The same but for an other end that is within the other's. */
function ruleWithin(inner: string, outer: string): boolean {
  const parts = (rule: string) => /^(ACCEPT in from|ACCEPT out to) (\S+) (.*)$/.exec(rule);
  const [one, other] = [parts(inner), parts(outer)];
  if (!lets(inner) || one === null || other === null || one[1] !== other[1] || one[3] !== other[3])
    return false;
  if (other[2] === 'any') return true;
  if (one[2] === 'any') return false;
  return ['SAME', 'NARROWS'].includes(compareLimit('cidrs', [other[2] ?? ''], [one[2] ?? '']));
}
