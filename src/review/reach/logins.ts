import { mergeAcl, type Acl, type Rule } from '../acl/acl.ts';
import { compareAcl } from '../acl/compare.ts';
import { AclUnreadable, parseAcl, type AclStanza } from '../acl/parse.ts';
import { nothing, type Change } from './change.ts';
import { types } from './types.ts';
import { at, place, textAt, textsAt, type Located, type View } from './view.ts';

/** A way to log in to OpenBao, and what the token that it gives may do. */
export interface Login {
  /** E.g. `approle unpoller`. */
  readonly subject: string;
  readonly policies: readonly string[];
  readonly acl: Acl;
  /** Why its reach cannot be told, or only in part. */
  readonly unknown: readonly string[];
  readonly chain: readonly string[];
  /** The texts that all of it was read from: the same ones give the same reach. */
  readonly sources: string;
  /** The role itself; undefined for whoever is given a policy outside these stacks. */
  readonly role: Located | undefined;
  /** Its policies as far as they were read, each with its place. */
  readonly read: readonly ReadPolicy[];
}

export interface ReadPolicy {
  readonly name: string;
  readonly where: string;
  readonly stanzas: readonly AclStanza[];
}

const roleTypes = [
  'vault_approle_auth_backend_role',
  'vault_cert_auth_backend_role',
  'vault_jwt_auth_backend_role',
] as const;

interface NamedPolicy {
  readonly text: string;
  readonly stanzas: readonly AclStanza[] | undefined;
  readonly where: string;
}

export function loginsOf(view: View): ReadonlyMap<string, Login> {
  const policies = new Map<string, NamedPolicy>();
  for (const located of view.of('vault_policy')) {
    const name = textAt(located, 'name');
    if (name === undefined) continue;
    const text = textAt(located, 'policy');
    policies.set(name, {
      text: text ?? JSON.stringify(located.resource.body['policy'] ?? null),
      stanzas: text === undefined ? undefined : readable(text),
      where: place(located),
    });
  }
  const logins = roleTypes.flatMap((type) => view.of(type).map((role) => login(role, policies)));
  // A policy that no role here gives is reach as well: users and groups made outside Terraform may have it.
  const given = new Set(logins.flatMap((one) => one.policies));
  const alone = [...policies.keys()]
    .filter((name) => !given.has(name))
    .map((name) => assemble(`holder of the policy ${name}`, [name], [], policies));
  return new Map([...logins, ...alone].map((one) => [one.subject, one]));
}

function login(role: Located, policies: ReadonlyMap<string, NamedPolicy>): Login {
  const { type, name: label } = role.resource;
  const { subject = type, name = '' } = types[type] ?? {};
  const names = textsAt(role, 'token_policies');
  const none = at(role, 'token_no_default_policy');
  const all = [...(names ?? []), ...(none === true ? [] : ['default'])];
  const full = `${subject} ${textAt(role, name) ?? label}`;
  const found = { ...assemble(full, all, [place(role)], policies), role };
  return names === undefined
    ? { ...found, unknown: [...found.unknown, 'its policies are known only after an apply'] }
    : found;
}

function assemble(
  subject: string,
  names: readonly string[],
  chain: readonly string[],
  policies: ReadonlyMap<string, NamedPolicy>,
): Login {
  const sorted = [...new Set(names)].sort();
  const unknown: string[] = [];
  const read: ReadPolicy[] = [];
  for (const name of sorted) {
    const policy = policies.get(name);
    if (policy === undefined) unknown.push(`the policy "${name}" does not stand in these stacks`);
    else if (policy.stanzas === undefined) unknown.push(`the policy "${name}" cannot be read`);
    else read.push({ name, where: policy.where, stanzas: policy.stanzas });
  }
  return {
    subject,
    policies: sorted,
    acl: mergeAcl(read.map(({ stanzas }) => stanzas)),
    unknown,
    chain: [...chain, ...sorted.flatMap((name) => policies.get(name)?.where ?? [])],
    sources: JSON.stringify(sorted.map((name) => [name, policies.get(name)?.text])),
    role: undefined,
    read,
  };
}

function readable(text: string): readonly AclStanza[] | undefined {
  try {
    return parseAcl(text);
  } catch (error) {
    if (error instanceof AclUnreadable) return undefined;
    throw error;
  }
}

const nobody: Pick<Login, 'acl' | 'unknown' | 'chain' | 'policies' | 'sources'> = {
  acl: mergeAcl([]),
  unknown: [],
  chain: [],
  policies: [],
  sources: '[]',
};

export function compareLogins(before: View, after: View): readonly Change[] {
  const [old, now] = [loginsOf(before), loginsOf(after)];
  const subjects = [...new Set([...old.keys(), ...now.keys()])].sort();
  return subjects.flatMap((subject) => {
    const [was, is] = [old.get(subject) ?? nobody, now.get(subject) ?? nobody];
    return was.sources === is.sources && was.unknown.join() === is.unknown.join()
      ? []
      : compareLogin(subject, was, is);
  });
}

function compareLogin(subject: string, was: typeof nobody, is: typeof nobody): readonly Change[] {
  const chain = is.chain.length > 0 ? is.chain : was.chain;
  const unknown = is.unknown
    .filter((why) => !was.unknown.includes(why))
    .concat(is.unknown.length > 0 && was.sources !== is.sources ? is.unknown : [])
    .map((why): Change => ({
      verdict: 'UNKNOWN',
      subject,
      what: why,
      before: was.policies.join(', ') || nothing,
      after: is.policies.join(', ') || nothing,
      chain,
    }));
  const changes = compareAcl(was.acl, is.acl);
  if (changes === undefined) {
    const what = 'its paths are too many patterns to compare';
    return [...unknown, { verdict: 'UNKNOWN', subject, what, before: '?', after: '?', chain }];
  }
  return [
    ...new Map(unknown.map((one) => [one.what, one])).values(),
    ...changes.flatMap(({ verdict, path, operation, before, after }): Change[] =>
      verdict === 'SAME'
        ? []
        : [
            {
              verdict,
              subject,
              what: `${operation} ${path}`,
              before: ruleInWords(before),
              after: ruleInWords(after),
              chain,
            },
          ],
    ),
  ];
}

/** What a rule allows beside its path and operation. */
export function ruleInWords(rule: Rule | undefined): string {
  if (rule === undefined) return nothing;
  const parts: string[] = [];
  const { minWrappingTtl: min, maxWrappingTtl: max } = rule;
  if ('*' in rule.deniedParameters) parts.push('no parameters');
  else {
    const denied = Object.keys(rule.deniedParameters);
    const allowed = Object.entries(rule.allowedParameters).map(([name, values]) =>
      values.length === 0 ? name : `${name}=${values.join('|')}`,
    );
    if (allowed.length > 0) parts.push(`only ${allowed.join(', ')}`);
    if (denied.length > 0) parts.push(`not ${denied.join(', ')}`);
  }
  if (rule.requiredParameters.length > 0) parts.push(`with ${rule.requiredParameters.join(', ')}`);
  if (min !== undefined || max !== undefined) {
    parts.push(
      `wrapped ${String(min ?? 0)} s to ${max === undefined ? 'any' : `${String(max)} s`}`,
    );
  }
  return parts.length === 0 ? 'allowed' : `allowed, ${parts.join('; ')}`;
}
