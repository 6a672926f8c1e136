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

/** Roles of logins, with the mount that theirs have here: one of another mount is another login. */
const roleTypes: Readonly<Record<string, string>> = {
  vault_approle_auth_backend_role: 'approle',
  vault_cert_auth_backend_role: 'cert',
  vault_jwt_auth_backend_role: 'operator',
};

interface NamedPolicy {
  readonly text: string;
  readonly stanzas: readonly AclStanza[] | undefined;
  readonly where: string;
}

/** Every policy by its name, which the server compares in lower case. */
function policiesOf(view: View): ReadonlyMap<string, NamedPolicy> {
  const policies = new Map<string, NamedPolicy>();
  for (const located of view.of('vault_policy')) {
    const raw = JSON.stringify(located.resource.body['name'] ?? null);
    const name = (textAt(located, 'name') ?? raw).toLowerCase();
    const written = textAt(located, 'policy');
    const text = written ?? JSON.stringify(located.resource.body['policy'] ?? null);
    const there = policies.get(name);
    // Whoever writes the second one decides what it says, and who that is stands nowhere.
    policies.set(name, {
      text: there === undefined ? text : `${there.text}\n${text}`,
      stanzas: written === undefined || there !== undefined ? undefined : readable(written),
      where: there === undefined ? place(located) : `${there.where}, ${place(located)}`,
    });
  }
  return policies;
}

/** Every login, and every policy that no login here gives: users and groups made elsewhere may have it. */
export function loginsOf(view: View): ReadonlyMap<string, Login> {
  const { logins, policies, given } = readLogins(view);
  return bySubject([
    ...logins,
    ...[...policies.keys()]
      .filter((name) => !given.has(name))
      .map((name) => holder(name, policies)),
  ]);
}

function readLogins(view: View) {
  const policies = policiesOf(view);
  const logins = [
    ...Object.keys(roleTypes).flatMap((type) => view.of(type).map((role) => login(role, policies))),
    ...view.of('vault_identity_entity').flatMap((entity) => identity(entity, policies)),
  ];
  return { policies, logins, given: new Set(logins.flatMap((one) => one.policies)) };
}

function holder(name: string, policies: ReadonlyMap<string, NamedPolicy>): Login {
  return assemble(`holder of the policy ${name}`, [name], [], policies);
}

/** Two of the same name are two: of another mount, or written twice. */
function bySubject(logins: readonly Login[]): ReadonlyMap<string, Login> {
  const found = new Map<string, Login>();
  for (const one of logins) {
    const subject = found.has(one.subject) ? `${one.subject} (${one.chain[0] ?? ''})` : one.subject;
    found.set(subject, { ...one, subject });
  }
  return found;
}

function login(role: Located, policies: ReadonlyMap<string, NamedPolicy>): Login {
  const { type, name: label } = role.resource;
  const { subject = type, name = '' } = types[type] ?? {};
  const names = textsAt(role, 'token_policies');
  const none = at(role, 'token_no_default_policy');
  const all = [...(names ?? []), ...(none === true ? [] : ['default'])];
  const mount = textAt(role, 'backend') ?? JSON.stringify(role.resource.body['backend'] ?? null);
  const full = `${subject} ${textAt(role, name) ?? label}`;
  const there = mount === roleTypes[type] ? full : `${full} of the mount ${mount}`;
  return whereKnown({ ...assemble(there, all, [place(role)], policies), role }, names);
}

/** Policies that an identity has whatever it logs in by. */
function identity(entity: Located, policies: ReadonlyMap<string, NamedPolicy>): readonly Login[] {
  const names = textsAt(entity, 'policies');
  if (names?.length === 0) return [];
  const full = `identity ${textAt(entity, 'name') ?? entity.resource.name}`;
  return [whereKnown(assemble(full, names ?? [], [place(entity)], policies), names)];
}

function whereKnown(found: Login, names: readonly string[] | undefined): Login {
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
  const sorted = [...new Set(names.map((name) => name.toLowerCase()))].sort();
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
  const [old, now] = bothSides(before, after);
  const subjects = [...new Set([...old.keys(), ...now.keys()])].sort();
  return subjects.flatMap((subject) => {
    const [was, is] = [old.get(subject) ?? nobody, now.get(subject) ?? nobody];
    return was.sources === is.sources && was.unknown.join() === is.unknown.join()
      ? []
      : compareLogin(subject, was, is);
  });
}

/** A policy that is given on one side alone is looked at on both, or it would seem to come or go. */
function bothSides(before: View, after: View) {
  const [old, now] = [readLogins(before), readLogins(after)];
  const everywhere = (name: string) => old.given.has(name) && now.given.has(name);
  return [old, now].map(({ logins, policies }) =>
    bySubject([
      ...logins,
      ...[...policies.keys()]
        .filter((name) => !everywhere(name))
        .filter((name) => isAlone(name, old) || isAlone(name, now))
        .map((name) => holder(name, policies)),
    ]),
  ) as [ReadonlyMap<string, Login>, ReadonlyMap<string, Login>];
}

function isAlone(name: string, { policies, given }: ReturnType<typeof readLogins>): boolean {
  return policies.has(name) && !given.has(name);
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
  const taken = was.policies
    .filter((name) => !is.policies.includes(name))
    .filter((name) => was.unknown.some((why) => why.includes(`"${name}"`)))
    .map((name): Change => ({
      ...{ verdict: 'NARROWS', subject, what: `the policy "${name}"`, chain },
      before: 'held',
      after: nothing,
    }));
  const changes = compareAcl(was.acl, is.acl);
  if (changes === undefined) {
    const what = 'its paths are too many patterns to compare';
    return [...unknown, { verdict: 'UNKNOWN', subject, what, before: '?', after: '?', chain }];
  }
  return [
    ...new Map(unknown.map((one) => [one.what, one])).values(),
    ...taken,
    ...changes.flatMap(({ verdict, path, operation, before, after }): Change[] =>
      // Of what is not known in part, nobody can say that it lost something.
      verdict === 'SAME' || (verdict === 'NARROWS' && is.unknown.length > 0)
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
