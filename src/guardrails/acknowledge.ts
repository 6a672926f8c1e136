import type { Found, Rule } from '../../policies/rules/reading/rule.ts';

/** One finding that somebody has accepted, as the declaration has it. */
export interface Acknowledgement {
  readonly rule: string;
  /** Exactly `at` of the finding. */
  readonly at: string;
  readonly reason: string;
  readonly owner: string;
  /** `2027-03-31`: the last day on which it counts, in UTC. */
  readonly until: string;
}

export interface Finding extends Found {
  readonly rule: string;
  readonly severity: Rule['severity'];
  readonly title: string;
  readonly fix: string;
  /** `<stack>/<address>`, and `: <part>` where it has one: what an acknowledgement names. */
  readonly at: string;
  readonly acknowledged: Acknowledgement | undefined;
}

/** Rules about the acknowledgements themselves. None of them can be acknowledged. */
export const aboutAcknowledgements = {
  expired: {
    id: 'acknowledgement-expired',
    title: 'An acknowledgement has an end',
    fix: 'Put right what it accepts, or accept it once more with a new reason and a new end.',
  },
  stale: {
    id: 'acknowledgement-stale',
    title: 'An acknowledgement is of a finding that there is',
    fix: 'Remove it: if the finding came back, it would be accepted unseen.',
  },
  far: {
    id: 'acknowledgement-far',
    title: 'An acknowledgement ends within a year',
    fix: 'Write an end at most 366 days from today.',
  },
  twice: {
    id: 'acknowledgement-twice',
    title: 'A finding is acknowledged once',
    fix: 'Keep the one with the right reason, owner and end.',
  },
} as const;

const longest = 366;

/**
 * Joins findings and acknowledgements, one to one. An acknowledgement that has expired no longer counts, and
 * is a finding beside the one that it accepted; one that meets no finding is a finding as well.
 *
 * @param now  milliseconds since 1970
 */
export function acknowledge(
  findings: readonly Finding[],
  acknowledgements: readonly Acknowledgement[],
  now: number,
): readonly Finding[] {
  const key = ({ rule, at }: { readonly rule: string; readonly at: string }) => `${rule}\n${at}`;
  const today = dayOf(now);
  const there = new Set(findings.map(key));
  const byKey = new Map<string, Acknowledgement>();
  const about: Finding[] = [];
  for (const [index, one] of acknowledgements.entries()) {
    const tell = (which: keyof typeof aboutAcknowledgements, problem: string) => {
      about.push(findingAbout(aboutAcknowledgements[which], index, one, problem));
    };
    if (byKey.has(key(one))) {
      tell('twice', `${one.rule} at ${one.at} is acknowledged twice`);
      continue;
    }
    byKey.set(key(one), one);
    if (!there.has(key(one))) tell('stale', `there is no finding of ${one.rule} at ${one.at}`);
    if (one.until < today)
      tell('expired', `it ended on ${one.until} (${one.owner}: ${one.reason})`);
    if (one.until > dayOf(now + longest * 86_400_000)) tell('far', `it ends on ${one.until}`);
  }
  return [
    ...findings.map((finding) => {
      const one = byKey.get(key(finding));
      return one === undefined || one.until < today ? finding : { ...finding, acknowledged: one };
    }),
    ...about,
  ];
}

function dayOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 10);
}

function findingAbout(
  { id, title, fix }: { readonly id: string; readonly title: string; readonly fix: string },
  index: number,
  one: Acknowledgement,
  problem: string,
): Finding {
  const address = `acknowledge.${String(index)}`;
  const part = `${one.rule} at ${one.at}`;
  return {
    ...{ rule: id, severity: 'error', title, fix, stack: 'declaration', address, part, problem },
    ...{ constructPath: undefined, at: `declaration/${address}: ${part}`, acknowledged: undefined },
  };
}
