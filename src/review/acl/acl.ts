import type { AclStanza, Parameters } from './parse.ts';

/**
 * What a token with several policies may do, decided as OpenBao decides it (vault/acl.go of OpenBao 2.x; its
 * documentation of policies leaves the order of wildcards and the merging of rules to be guessed). Held
 * against the server's own `sys/capabilities` and its own answers in the tests.
 */

/** The rule of one path, merged from all policies that have one for exactly that path. */
export type Rule = Omit<AclStanza, 'requiredParameters'> & {
  readonly requiredParameters: readonly string[];
};

export interface Acl {
  readonly exact: ReadonlyMap<string, Rule>;
  /** By the text before the `*`. */
  readonly prefixes: ReadonlyMap<string, Rule>;
  /** With `+` segments, a trailing `*` kept. */
  readonly segmented: ReadonlyMap<string, Rule>;
}

export const operations = ['create', 'read', 'update', 'delete', 'list', 'patch', 'scan'] as const;
export type Operation = (typeof operations)[number];

export interface Request {
  readonly path: string;
  readonly operation: Operation;
  /** @default - none are sent */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Seconds of response wrapping that are asked for. @default - none */
  readonly wrapTtl?: number;
}

export function isSegmented(path: string): boolean {
  return path === '+' || path.includes('/+') || path.startsWith('+/');
}

/** The policies of one token, in any order. */
export function mergeAcl(policies: readonly (readonly AclStanza[])[]): Acl {
  const exact = new Map<string, Rule>();
  const prefixes = new Map<string, Rule>();
  const segmented = new Map<string, Rule>();
  for (const stanza of policies.flat()) {
    const [rules, key] = isSegmented(stanza.path)
      ? [segmented, stanza.path]
      : stanza.path.endsWith('*')
        ? [prefixes, stanza.path.slice(0, -1)]
        : [exact, stanza.path];
    const there = rules.get(key);
    rules.set(key, there === undefined ? stanza : mergeRules(there, stanza));
  }
  return { exact, prefixes, segmented };
}

/** `deny` wins; of two bounds of wrapping the lesser; parameters of both, where both have any. */
function mergeRules(one: Rule, other: Rule): Rule {
  if (one.capabilities.includes('deny')) return one;
  if (other.capabilities.includes('deny')) {
    return { ...one, capabilities: ['deny'], allowedParameters: {}, deniedParameters: {} };
  }
  return {
    path: one.path,
    capabilities: [...new Set([...one.capabilities, ...other.capabilities])].sort(),
    allowedParameters: mergeParameters(one.allowedParameters, other.allowedParameters),
    deniedParameters: mergeParameters(one.deniedParameters, other.deniedParameters),
    requiredParameters: [...new Set([...one.requiredParameters, ...other.requiredParameters])],
    minWrappingTtl: lesser(one.minWrappingTtl, other.minWrappingTtl),
    maxWrappingTtl: lesser(one.maxWrappingTtl, other.maxWrappingTtl),
  };
}

function mergeParameters(one: Parameters, other: Parameters): Parameters {
  const merged: Record<string, readonly string[]> = { ...one };
  for (const [name, values] of Object.entries(other)) {
    const there = one[name];
    // An empty list is "any value", and stays that.
    merged[name] = values.length === 0 || there?.length === 0 ? [] : [...values, ...(there ?? [])];
  }
  return merged;
}

function lesser(one: number | undefined, other: number | undefined): number | undefined {
  // Zero is no bound.
  const bounds = [one, other].filter((bound) => bound !== undefined && bound > 0);
  return bounds.length === 0 ? undefined : Math.min(...(bounds as number[]));
}

/** The one rule that decides for a path; undefined: none, so everything is denied. */
export function governing(acl: Acl, path: string, operation: Operation): Rule | undefined {
  const found = acl.exact.get(path);
  if (found !== undefined) return found;
  const bare = path.endsWith('/') ? path.slice(0, -1) : path;
  if (operation === 'list' || operation === 'scan') {
    const listed = acl.exact.get(bare);
    if (listed !== undefined) return listed;
  }
  const matched = byPattern(acl, path);
  if (matched !== undefined || operation !== 'list' || bare === path) return matched;
  // A list of `a/` is allowed by a pattern for `a` where none is for `a/`.
  return byPattern(acl, bare);
}

interface Match {
  /** Where its first `+` or its `*` stands. */
  readonly firstWildcard: number;
  readonly wildcards: number;
  readonly isPrefix: boolean;
  /** The pattern without a trailing `*`. */
  readonly text: string;
  readonly rule: Rule;
}

function byPattern(acl: Acl, path: string): Rule | undefined {
  const matches: Match[] = [];
  let longest: string | undefined;
  for (const prefix of acl.prefixes.keys()) {
    if (path.startsWith(prefix) && prefix.length >= (longest?.length ?? 0)) longest = prefix;
  }
  const prefixRule = longest === undefined ? undefined : acl.prefixes.get(longest);
  if (longest !== undefined && prefixRule !== undefined) {
    matches.push({
      firstWildcard: longest.length,
      wildcards: 0,
      isPrefix: true,
      text: longest,
      rule: prefixRule,
    });
  }
  for (const [pattern, rule] of acl.segmented) {
    if (!matchesSegments(pattern, path)) continue;
    const isPrefix = pattern.endsWith('*');
    const text = isPrefix ? pattern.slice(0, -1) : pattern;
    matches.push({
      firstWildcard: pattern.indexOf('+'),
      wildcards: text.split('/').filter((segment) => segment === '+').length,
      isPrefix,
      text,
      rule,
    });
  }
  return matches.sort(byPriority).at(-1)?.rule;
}

/** Lower first: an earlier wildcard, a prefix, more wildcards, a shorter text. */
function byPriority(a: Match, b: Match): number {
  return (
    a.firstWildcard - b.firstWildcard ||
    Number(b.isPrefix) - Number(a.isPrefix) ||
    b.wildcards - a.wildcards ||
    a.text.length - b.text.length ||
    (a.text < b.text ? -1 : 1)
  );
}

export function matchesSegments(pattern: string, path: string): boolean {
  const isPrefix = pattern.endsWith('*');
  const wanted = (isPrefix ? pattern.slice(0, -1) : pattern).split('/');
  const given = path.split('/');
  if (given.length < wanted.length) return false;
  if (!isPrefix && given.length !== wanted.length) return false;
  return wanted.every((segment, index) => {
    const there = given[index] ?? '';
    if (segment === '+' || segment === there) return true;
    return isPrefix && index === wanted.length - 1 && there.startsWith(segment);
  });
}

/** What `sys/capabilities` says of a path: sorted; `deny` where nothing is allowed. */
export function capabilities(acl: Acl, path: string): readonly string[] {
  const rule = governing(acl, path, 'list');
  const found = rule === undefined || rule.capabilities.includes('deny') ? [] : rule.capabilities;
  return found.length === 0 ? ['deny'] : [...found].sort();
}

/** Whether the server lets a request pass to its backend. */
export function allows(acl: Acl, request: Request): boolean {
  const { path, operation, parameters = {}, wrapTtl } = request;
  const rule = governing(acl, path, operation);
  if (rule === undefined || rule.capabilities.includes('deny')) return false;
  if (!rule.capabilities.includes(operation)) return false;
  const { minWrappingTtl: min, maxWrappingTtl: max } = rule;
  if (max !== undefined && max > 0 && (wrapTtl === undefined || wrapTtl > max)) return false;
  if (min !== undefined && min > 0 && (wrapTtl === undefined || wrapTtl < min)) return false;
  if (min !== undefined && max !== undefined && max > 0 && min > max) return false;
  return !takesParameters(operation) || parametersPass(rule, parameters);
}

/** Only these operations are looked at for their parameters. */
export function takesParameters(operation: Operation): boolean {
  return ['read', 'update', 'create', 'patch'].includes(operation);
}

function parametersPass(rule: Rule, given: Readonly<Record<string, string>>): boolean {
  const sent = new Map(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]));
  if (rule.requiredParameters.some((name) => !sent.has(name.toLowerCase()))) return false;
  if (sent.size === 0) return true;
  if ('*' in rule.deniedParameters) return false;
  for (const [name, value] of sent) {
    const denied = rule.deniedParameters[name];
    if (denied !== undefined && valueMatches(value, denied)) return false;
  }
  const allowed = rule.allowedParameters;
  const names = Object.keys(allowed);
  if (names.length === 0 || (names.length === 1 && '*' in allowed)) return true;
  for (const [name, value] of sent) {
    const values = Object.hasOwn(allowed, name) ? allowed[name] : undefined;
    if (values === undefined ? !('*' in allowed) : !valueMatches(value, values)) return false;
  }
  return true;
}

/** An empty list is any value; `*` at an end of one stands for any text. */
function valueMatches(value: string, values: readonly string[]): boolean {
  if (values.length === 0) return true;
  return values.some((one) => {
    const before = one.startsWith('*');
    const after = one.endsWith('*');
    const text = one.slice(before ? 1 : 0, after && one.length > 1 ? -1 : undefined);
    if (before && after) return value.includes(text);
    if (before) return value.endsWith(text);
    if (after) return value.startsWith(text);
    return value === one;
  });
}
