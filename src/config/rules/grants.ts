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
  ssh: 'ssh',
  database: 'databases',
  certificate: 'certificates',
  proxy: 'upstreams',
  github: 'contexts',
} as const;

/** What a grant of that kind names, and the section that declares it. */
const things: Readonly<Record<keyof typeof kinds, readonly [thing: string, section: string]>> = {
  secret: ['secret', 'secrets'],
  profile: ['profile', 'profiles'],
  rotate: ['secret', 'secrets'],
  ssh: ['SSH role', 'engines.ssh.roles'],
  database: ['role of a database', 'engines.databases.<database>.roles'],
  certificate: ['role of certificates', 'engines.pki.roles'],
  proxy: ['upstream of the proxy', 'proxy.upstreams'],
  github: ['context', 'github.contexts'],
};

function isKind(word: string): word is keyof typeof kinds {
  return Object.hasOwn(kinds, word);
}

/** A grant names one thing that this file declares, exactly and once. */
export const grants: Rule = ({ raw, names }) => {
  const known = new Map(Object.values(kinds).map((kind) => [kind, new Set(names[kind])]));
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
        if (known.get(kinds[kind])?.has(target) !== true) {
          return [
            {
              path,
              problem: `no such ${things[kind][0]} is declared`,
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

/** Rung 3 says that no consumer sees the value but the proxy, and a grant is the right to read it. */
export const injectedUnseen: Rule = ({ consumers, secrets, proxy }) =>
  [...consumers].flatMap(([consumer, declared]) =>
    declared.grants.flatMap((grant, index): readonly Finding[] =>
      'secret' in grant && consumer !== proxy?.consumer && secrets.get(grant.secret)?.rung === 3
        ? [
            {
              path: ['consumers', consumer, 'grants', index, 'secret'],
              problem: 'a secret of rung 3 is injected by a proxy and never seen by a consumer',
              fix: 'grant `proxy: <upstream>` instead, or declare the secret with rung: 2',
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
  const near = nearest(target, declared.filter(mayShow));
  return near === undefined
    ? `declare it under ${things[kind][1]}, or grant one of: ${listed(declared)}`
    : `write ${near}, or declare it under ${things[kind][1]}`;
}

function listed(names: readonly string[]): string {
  const known = names.filter(mayShow);
  const shown = known.slice(0, 8).join(', ');
  return known.length === 0 ? 'none' : known.length > 8 ? `${shown}, ...` : shown;
}
