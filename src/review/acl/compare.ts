import { verdictOf, type Verdict } from '../verdict.ts';
import {
  governing,
  operations,
  takesParameters,
  type Acl,
  type Operation,
  type Rule,
} from './acl.ts';
import { pathClasses } from './pattern.ts';
import { valuesWithin, type Values } from './values.ts';

/** What changed for one class of paths and one operation. */
export interface AclChange {
  /** A path, or a pattern as rules write them. */
  readonly path: string;
  readonly operation: Operation | 'sudo';
  readonly verdict: Verdict;
  readonly before: Rule | undefined;
  readonly after: Rule | undefined;
}

/**
 * Compares what two ACLs allow: every class of paths, every operation, its parameters and its wrapping.
 *
 * @returns what is not the same; undefined where there are too many classes to look at
 */
export function compareAcl(before: Acl, after: Acl): readonly AclChange[] | undefined {
  const classes = pathClasses([before, after]);
  if (classes === undefined) return undefined;
  const changes = new Map<string, AclChange>();
  for (const { path, name } of classes) {
    for (const operation of [...operations, 'sudo'] as const) {
      const looked = operation === 'sudo' ? 'read' : operation;
      const old = permitted(governing(before, path, looked), operation);
      const now = permitted(governing(after, path, looked), operation);
      const verdict = verdictOf(within(now, old, operation), within(old, now, operation));
      if (verdict === 'SAME') continue;
      const key = `${name} ${operation}`;
      // A class has a short and a long path; the one that widens tells more.
      if (changes.get(key)?.verdict === 'WIDENS') continue;
      changes.set(key, { path: name, operation, verdict, before: old, after: now });
    }
  }
  return [...changes.values()].sort((a, b) =>
    a.path === b.path ? (a.operation < b.operation ? -1 : 1) : a.path < b.path ? -1 : 1,
  );
}

function permitted(rule: Rule | undefined, operation: Operation | 'sudo'): Rule | undefined {
  if (rule === undefined || rule.capabilities.includes('deny')) return undefined;
  if (!rule.capabilities.includes(operation)) return undefined;
  const { minWrappingTtl: min = 0, maxWrappingTtl: max = 0 } = rule;
  return max > 0 && min > max ? undefined : rule;
}

/** Whether every request that `inner` lets pass passes by `outer`, too. Never true by mistake. */
function within(
  inner: Rule | undefined,
  outer: Rule | undefined,
  operation: Operation | 'sudo',
): boolean {
  if (inner === undefined) return true;
  if (outer === undefined) return false;
  if (!wrappingWithin(inner, outer)) return false;
  return operation === 'sudo' || !takesParameters(operation) || parametersWithin(inner, outer);
}

function wrappingWithin(inner: Rule, outer: Rule): boolean {
  const { minWrappingTtl: outerMin = 0, maxWrappingTtl: outerMax = 0 } = outer;
  if (outerMin === 0 && outerMax === 0) return true;
  const { minWrappingTtl: innerMin = 0, maxWrappingTtl: innerMax = 0 } = inner;
  if (innerMin === 0 && innerMax === 0) return false;
  return innerMin >= outerMin && (outerMax === 0 || (innerMax > 0 && innerMax <= outerMax));
}

function parametersWithin(inner: Rule, outer: Rule): boolean {
  const required = (rule: Rule) => rule.requiredParameters.map((name) => name.toLowerCase());
  if (required(outer).some((name) => !required(inner).includes(name))) return false;
  // Without parameters both let a request pass that meets what they require; what follows is about others.
  if ('*' in inner.deniedParameters) return true;
  if ('*' in outer.deniedParameters) return nothingMayBeSent(inner);
  const names = new Set(
    [inner, outer].flatMap((rule) => [
      ...Object.keys(rule.allowedParameters),
      ...Object.keys(rule.deniedParameters),
    ]),
  );
  // Any other name: no rule has one with this character.
  names.delete('*');
  return [...names, '\u0001'].every((name) =>
    valuesWithin(valuesOf(inner, name), valuesOf(outer, name)),
  );
}

function nothingMayBeSent(rule: Rule): boolean {
  const allowed = Object.keys(rule.allowedParameters);
  return (
    allowed.length > 0 &&
    !allowed.includes('*') &&
    allowed.every((name) => rule.deniedParameters[name]?.length === 0)
  );
}

/** The values that a rule lets a parameter have. */
function valuesOf(
  { allowedParameters: allowed, deniedParameters: denied }: Rule,
  name: string,
): Values {
  const not = Object.hasOwn(denied, name) ? denied[name] : undefined;
  if (not?.length === 0) return { any: false, texts: [], not: [] };
  const restricted = Object.keys(allowed).length > 0;
  const named = Object.hasOwn(allowed, name) ? allowed[name] : undefined;
  if (named === undefined) {
    return { any: !restricted || '*' in allowed, texts: [], not: not ?? [] };
  }
  // With `*` alone in the list its values are not looked at.
  return { any: named.length === 0, texts: named, not: not ?? [] };
}
