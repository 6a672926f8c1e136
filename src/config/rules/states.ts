import { sessionPolicyLimit } from '../../../policies/aws/document.ts';
import { resolveProfiles } from '../../model/profile.ts';
import type { Declaration, ProfileDeclaration } from '../declaration.ts';
import type { Finding } from '../refusal.ts';
import type { Rule } from './rule.ts';

type Profiles = ReadonlyMap<string, ProfileDeclaration>;
type Pair = readonly [name: string, profile: ProfileDeclaration];

/** Pairs of profiles in one bucket, the later one second. */
function sameBucket(profiles: Profiles): readonly (readonly [Pair, Pair])[] {
  const byBucket = new Map<string, Pair[]>();
  for (const pair of profiles) {
    const others = byBucket.get(pair[1].bucket) ?? [];
    byBucket.set(pair[1].bucket, [...others, pair]);
  }
  return [...byBucket.values()].flatMap((pairs) =>
    pairs.flatMap((later, index) =>
      pairs.slice(0, index).map((earlier) => [earlier, later] as const),
    ),
  );
}

const table = ({ lock }: ProfileDeclaration) => (lock.mode === 's3' ? undefined : lock.table);

/**
 * One state has one writer and one lock. A plan profile beside the apply profile is the way to let a
 * pipeline read what it may not write; two apply profiles are two names for the same power.
 */
export const oneWriter: Rule = ({ profiles }) =>
  sameBucket(profiles).flatMap(
    ([[earlierName, earlier], [laterName, later]]): readonly Finding[] => {
      if (earlier.key !== later.key) return [];
      const path = ['profiles', laterName];
      if (earlier.access === 'apply' && later.access === 'apply') {
        return [
          {
            path: [...path, 'key'],
            problem: `profile ${earlierName} applies to the same state`,
            fix: 'keep one of the two, or give one access: plan',
          },
        ];
      }
      return earlier.lock.mode === later.lock.mode && table(earlier) === table(later)
        ? []
        : [
            {
              path: [...path, 'lock'],
              received: `mode ${later.lock.mode}`,
              problem: `profile ${earlierName} declares another lock for the same state`,
              fix: 'declare the same lock in both',
            },
          ];
    },
  );

/** A state must not be what another profile may delete as its lock, or overwrite as its checksum. */
export const locksApart: Rule = ({ profiles }) => [
  ...[...profiles].flatMap(([name, { key }]) =>
    key.endsWith('.tflock')
      ? [
          {
            path: ['profiles', name, 'key'],
            problem: 'the key is that of a lock file',
            fix: 'name the state, e.g. dns/terraform.tfstate',
          },
        ]
      : [],
  ),
  ...sameBucket(profiles).flatMap((pair) =>
    [pair, [pair[1], pair[0]] as const].flatMap(([[name, profile], [otherName, other]]) =>
      other.key === `${profile.key}-md5` &&
      table(profile) !== undefined &&
      table(profile) === table(other)
        ? [
            {
              path: ['profiles', otherName, 'key'],
              problem: `its lock row is the checksum row of profile ${name}`,
              fix: 'choose a key that does not end in -md5',
            },
          ]
        : [],
    ),
  ),
];

/** Whether this program makes a bucket or table is one answer, not one a profile. */
export const managedOnce: Rule = ({ profiles, state }) => {
  const buckets = contradictions(profiles, ({ bucket }) => bucket, 'bucket');
  const tables = contradictions(profiles, table, 'lock table');
  const own = state?.backend === 's3' ? state : undefined;
  const findings = [...profiles].flatMap(([name, profile]): readonly Finding[] => {
    if (own?.bucket !== profile.bucket) return [];
    if (profile.manage) {
      return [
        {
          path: ['profiles', name, 'manage'],
          problem: "the bucket holds this program's own state, so it has to be there before",
          fix: 'write manage: false, or use another bucket',
        },
      ];
    }
    return profile.key.startsWith(`${own.prefix.replace(/\/$/, '')}/`)
      ? [
          {
            path: ['profiles', name, 'key'],
            problem: "the key lies among this program's own states",
            fix: 'choose a key outside state.prefix',
          },
        ]
      : [];
  });
  return [...buckets, ...tables, ...findings];
};

function contradictions(
  profiles: Profiles,
  subject: (profile: ProfileDeclaration) => string | undefined,
  what: string,
): readonly Finding[] {
  const first = new Map<string, Pair>();
  return [...profiles].flatMap(([name, profile]) => {
    const key = subject(profile);
    if (key === undefined) return [];
    const earlier = first.get(key);
    if (earlier === undefined) first.set(key, [name, profile]);
    if (earlier === undefined || earlier[1].manage === profile.manage) return [];
    return [
      {
        path: ['profiles', name, 'manage'],
        problem: `profile ${earlier[0]} says ${String(earlier[1].manage)} for the same ${what}`,
        fix: `write manage: ${String(earlier[1].manage)} here, or change it there`,
      },
    ];
  });
}

/** STS refuses a longer session policy, at the time of the first session and not before. */
export const policyLength: Rule = ({ aws, profiles }) => {
  if (aws === undefined) return [];
  const declared = Object.fromEntries(profiles) as Declaration['profiles'];
  return resolveProfiles({ aws, profiles: declared }).flatMap(({ name, policy }) => {
    const { length } = JSON.stringify(policy);
    return length <= sessionPolicyLimit
      ? []
      : [
          {
            path: ['profiles', name, 'key'],
            problem: `its session policy has ${String(length)} characters, and STS takes ${String(sessionPolicyLimit)}`,
            fix: 'shorten the key (it stands in the policy up to six times) or the table name',
          },
        ];
  });
};
