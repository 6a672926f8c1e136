import { mounts } from '../../model/names.ts';
import { entries } from '../facts.ts';
import { nearest } from '../nearest.ts';
import { mayShow } from '../redact.ts';
import type { Finding } from '../refusal.ts';
import type { Rule } from './rule.ts';

const kinds = {
  secret: 'secrets',
  profile: 'profiles',
  rotate: 'secrets',
  github: 'contexts',
} as const;

const called = {
  secret: 'secret',
  profile: 'profile',
  rotate: 'secret',
  github: 'context',
} as const;

function isKind(word: string): word is keyof typeof kinds {
  return Object.hasOwn(kinds, word);
}

/** A grant names one thing that this file declares, exactly and once. */
export const grants: Rule = ({ raw, names }) => {
  const secrets = new Set(names.secrets);
  const known = {
    secret: secrets,
    profile: new Set(names.profiles),
    rotate: secrets,
    github: new Set(names.contexts),
  };
  return entries(new Map(entries(raw)).get('consumers')).flatMap(([consumer, declared]) => {
    const list: unknown = new Map(entries(declared)).get('grants');
    if (!Array.isArray(list)) return [];
    const seen = new Set<string>();
    return list.flatMap((grant: unknown, index): readonly Finding[] =>
      entries(grant).flatMap(([kind, target]) => {
        if (!isKind(kind) || typeof target !== 'string') return [];
        const path = ['consumers', consumer, 'grants', index, kind];
        const declaredNames = names[kinds[kind]];
        if (/[*?+#[\]{}]/.test(target)) {
          return [
            {
              path,
              problem: 'a pattern, and a grant names one thing exactly',
              fix: `write one grant for each ${kind}; declared: ${listed(declaredNames)}`,
            },
          ];
        }
        if (!known[kind].has(target)) {
          return [
            {
              path,
              problem: `no such ${called[kind]} is declared`,
              fix: hint(target, kind, declaredNames),
            },
          ];
        }
        if (seen.has(`${kind} ${target}`)) {
          return [{ path, problem: 'the same grant stands above', fix: 'remove one' }];
        }
        seen.add(`${kind} ${target}`);
        return [];
      }),
    );
  });
};

/** Rung 3 says that no consumer sees the value, and a grant is the right to read it. */
export const injectedUnseen: Rule = ({ consumers, secrets }) =>
  [...consumers].flatMap(([consumer, declared]) =>
    declared.grants.flatMap((grant, index): readonly Finding[] =>
      'secret' in grant && secrets.get(grant.secret)?.rung === 3
        ? [
            {
              path: ['consumers', consumer, 'grants', index, 'secret'],
              problem: 'a secret of rung 3 is injected by a proxy and never seen by a consumer',
              fix: 'remove the grant, or declare the secret with rung: 2',
            },
          ]
        : [],
    ),
  );

function hint(target: string, kind: keyof typeof kinds, declared: readonly string[]): string {
  const below = target.replace(new RegExp(`^/?(${mounts.kv}/)?((meta)?data/)?`), '');
  if (kinds[kind] === 'secrets' && below !== target && declared.includes(below)) {
    return `write ${below}: the path below the mount`;
  }
  const place = kind === 'github' ? 'github.contexts' : kinds[kind];
  const near = nearest(target, declared.filter(mayShow));
  return near === undefined
    ? `declare it under ${place}, or grant one of: ${listed(declared)}`
    : `write ${near}, or declare it under ${place}`;
}

function listed(names: readonly string[]): string {
  const known = names.filter(mayShow);
  const shown = known.slice(0, 8).join(', ');
  return known.length === 0 ? 'none' : known.length > 8 ? `${shown}, ...` : shown;
}
