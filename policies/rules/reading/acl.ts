import { AclUnreadable, parseAcl, type AclStanza } from '../../../src/review/acl/parse.ts';
import { isSegmented } from '../../../src/review/acl/acl.ts';
import { textAt, type Located, type View } from '../../../src/review/reach/view.ts';
import { found, type Found, type RuleView } from './rule.ts';

/** One rule of an ACL policy. */
export interface PolicyRule {
  readonly located: Located;
  /** Name of the policy in OpenBao. */
  readonly policy: string;
  readonly stanza: AclStanza;
}

interface Read {
  readonly rules: readonly PolicyRule[];
  readonly unreadable: readonly Found[];
}

const read = new WeakMap<View, Read>();

/** Every rule of every policy that can be read; `acl-unreadable` speaks of the others. */
export function aclRules(view: RuleView): readonly PolicyRule[] {
  return readAll(view).rules;
}

export function unreadableAcls(view: RuleView): readonly Found[] {
  return readAll(view).unreadable;
}

function readAll(view: RuleView): Read {
  const there = read.get(view);
  if (there !== undefined) return there;
  const rules: PolicyRule[] = [];
  const unreadable: Found[] = [];
  for (const located of view.of('vault_policy')) {
    const policy = textAt(located, 'name');
    const text = textAt(located, 'policy');
    if (policy === undefined || text === undefined) {
      unreadable.push(found(located, 'its name or text is known only after an apply'));
      continue;
    }
    try {
      for (const stanza of parseAcl(text)) rules.push({ located, policy, stanza });
    } catch (error) {
      if (!(error instanceof AclUnreadable)) throw error;
      unreadable.push(found(located, `it has ${error.message}`));
    }
  }
  const all = { rules, unreadable };
  read.set(view, all);
  return all;
}

export function isWildcard(path: string): boolean {
  return path.endsWith('*') || isSegmented(path);
}

export function may(stanza: AclStanza, ...capabilities: readonly string[]): boolean {
  if (stanza.capabilities.includes('deny')) return false;
  return capabilities.some((one) => stanza.capabilities.includes(one));
}

/** Whether a rule's path, wildcards and all, could be one that `pattern` (`+`, `*`) means. */
export function mayMeet(path: string, pattern: string): boolean {
  const [one, other] = [segments(path), segments(pattern)];
  const longest = Math.max(one.parts.length, other.parts.length);
  for (let index = 0; index < longest; index += 1) {
    const a = one.parts[index];
    const b = other.parts[index];
    if (a === undefined) return one.open;
    if (b === undefined) return other.open;
    const aLast = one.open && index === one.parts.length - 1;
    const bLast = other.open && index === other.parts.length - 1;
    if (a === '+' || b === '+') {
      if ((aLast && a !== '+') || (bLast && b !== '+')) return true;
      continue;
    }
    if (aLast && b.startsWith(a)) return true;
    if (bLast && a.startsWith(b)) return true;
    if (a !== b) return false;
  }
  return true;
}

function segments(path: string): { readonly parts: readonly string[]; readonly open: boolean } {
  const open = path.endsWith('*');
  return { open, parts: (open ? path.slice(0, -1) : path).split('/') };
}
