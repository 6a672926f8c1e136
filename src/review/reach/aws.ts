import { DocumentUnreadable, parseDocument, type Statement } from '../iam/document.ts';
import { sessionOf } from '../iam/intersect.ts';
import { blocksOf, isObject } from '../../synthesized/resource.ts';
import { coveredBy, policiesWithin, single } from '../iam/within.ts';
import { nothing, type Change } from './change.ts';
import { at, place, textAt, textsAt, type Located, type View } from './view.ts';

/** What stands behind a name on the side of AWS; a reason where it cannot be told. */
export interface AwsReach {
  readonly subject: string;
  readonly statements: readonly Statement[];
  readonly unknown: string | undefined;
  readonly chain: readonly string[];
}

/**
 * Compares what each session that OpenBao mints may do (role policies and session policy together), who may
 * become each role, and what bucket policies say.
 */
export function compareAws(before: View, after: View): readonly Change[] {
  return [sessions, trusts, everyRole, buckets].flatMap((extract) => {
    const [old, now] = [extract(before), extract(after)];
    const subjects = [...new Set([...old.keys(), ...now.keys()])].sort();
    return subjects.flatMap((subject) => compare(subject, old.get(subject), now.get(subject)));
  });
}

function compare(
  subject: string,
  was: AwsReach | undefined,
  is: AwsReach | undefined,
): readonly Change[] {
  const chain = is?.chain ?? was?.chain ?? [];
  const same =
    JSON.stringify([was?.statements, was?.unknown]) ===
    JSON.stringify([is?.statements, is?.unknown]);
  if (same) return [];
  const why = is?.unknown ?? was?.unknown;
  if (why !== undefined) {
    return [{ verdict: 'UNKNOWN', subject, what: why, before: '?', after: '?', chain }];
  }
  const [old, now] = [was?.statements ?? [], is?.statements ?? []];
  const gained = missing(now, old);
  const lost = missing(old, now);
  const found = [
    ...gained.map((one) => change('WIDENS', one)),
    ...lost.map((one) => change('NARROWS', one)),
  ];
  if (found.length > 0 || (policiesWithin(now, old) && policiesWithin(old, now))) return found;
  const what = 'what is denied or on which conditions';
  return [{ verdict: 'UNKNOWN', subject, what, before: '?', after: '?', chain }];

  function change(verdict: 'WIDENS' | 'NARROWS', one: Statement): Change {
    const words = inWords(one);
    const gives = (verdict === 'WIDENS') === (one.effect === 'Allow');
    return {
      verdict,
      subject,
      what: words,
      before: gives ? nothing : one.effect === 'Allow' ? 'allowed' : 'denied',
      after: gives ? (one.effect === 'Allow' ? 'allowed' : 'denied') : nothing,
      chain,
    };
  }
}

/** Allowances of `inner` that `outer` has not, and denials of `outer` that `inner` has not. */
function missing(inner: readonly Statement[], outer: readonly Statement[]): readonly Statement[] {
  const of = (all: readonly Statement[], effect: Statement['effect']) =>
    all.filter((one) => one.effect === effect).flatMap(single);
  const allowed = of(outer, 'Allow');
  const denied = of(inner, 'Deny');
  return [
    ...of(inner, 'Allow').filter((one) => !allowed.some((other) => coveredBy(one, other))),
    ...of(outer, 'Deny').filter((one) => !denied.some((other) => coveredBy(one, other))),
  ];
}

/** A statement as a person reads it: actions, resources, principals, conditions. */
export function inWords(one: Statement): string {
  const list = (these: readonly string[] | undefined, not: readonly string[] | undefined) =>
    these?.join(', ') ?? (not === undefined ? undefined : `all but ${not.join(', ')}`);
  const who = Object.entries(one.principals ?? {}).map(
    ([type, names]) => `${type} ${names.join(', ')}`,
  );
  const conditions = one.conditions.map(
    ({ operator, key, values }) => `${key} ${operator} ${values.join('|')}`,
  );
  return [
    list(one.actions, one.notActions) ?? 'anything',
    list(one.resources, one.notResources) === undefined
      ? ''
      : `on ${list(one.resources, one.notResources) ?? ''}`,
    who.length === 0 ? '' : `by ${who.join('; ')}`,
    conditions.length === 0 ? '' : `if ${conditions.join(' and ')}`,
  ]
    .filter((part) => part !== '')
    .join(' ');
}

export type Extract = (view: View) => ReadonlyMap<string, AwsReach>;

/** Two of the same name are two: written twice, or of another mount. */
function bySubject(all: readonly AwsReach[]): ReadonlyMap<string, AwsReach> {
  const found = new Map<string, AwsReach>();
  for (const one of all) {
    const subject = found.has(one.subject) ? `${one.subject} (${one.chain[0] ?? ''})` : one.subject;
    found.set(subject, { ...one, subject });
  }
  return found;
}

/** What a role's own policies allow. */
function rolePolicies(view: View): ReadonlyMap<string, Omit<AwsReach, 'subject'>> {
  const found = new Map<string, Omit<AwsReach, 'subject'>>();
  for (const located of view.of('aws_iam_role_policy')) {
    const role = textAt(located, 'role') ?? JSON.stringify(located.resource.body['role'] ?? null);
    const there = found.get(role);
    const read = document(located, 'policy');
    found.set(role, {
      statements: [...(there?.statements ?? []), ...read.statements],
      unknown: there?.unknown ?? read.unknown,
      chain: [...(there?.chain ?? []), place(located)],
    });
  }
  return found;
}

/** Roles that OpenBao does not assume: of one that it does, what its sessions reach stands beside. */
export const roles: Extract = (view) => {
  const assumed = new Set(
    view.of('vault_aws_secret_backend_role').flatMap((one) => roleNames(one) ?? []),
  );
  return new Map(
    [...everyRole(view)].filter(([subject]) => !assumed.has(subject.replace(/^AWS role /, ''))),
  );
};

/**
 * What a role may without a session policy. OpenBao always sends one; whoever else becomes the role, by its
 * trust or in OpenBao's place, has all of this.
 */
const everyRole: Extract = (view) =>
  bySubject(
    [...rolePolicies(view)].map(([name, reach]) => ({ ...reach, subject: `AWS role ${name}` })),
  );

export const sessions: Extract = (view) => {
  const policies = rolePolicies(view);
  const accounts = accountsOf(view);
  return bySubject(
    view.of('vault_aws_secret_backend_role').map((located): AwsReach => {
      const backend = textAt(located, 'backend');
      const mount = backend === 'aws' ? '' : ` of the mount ${backend ?? '?'}`;
      const subject = `AWS session ${textAt(located, 'name') ?? located.resource.name}${mount}`;
      const names = roleNames(located);
      const from = [place(located)];
      const unknown = (why: string): AwsReach => ({
        ...{ subject, statements: [], chain: from },
        // What it is read from belongs to the reason: otherwise a change of it would look like none.
        unknown: `${why}: ${JSON.stringify(located.resource.body)}`,
      });
      if (names === undefined) return unknown('its roles are known only after an apply');
      if (textAt(located, 'credential_type') !== 'assumed_role') {
        return unknown('another kind of credential than a session of a role');
      }
      const foreign = textsAt(located, 'role_arns')?.find((arn) => !isOwn(arn, accounts));
      if (foreign !== undefined) return unknown(`a role of another account, ${foreign}`);
      const held = names.map((name) => policies.get(name));
      if (held.some((one) => one === undefined)) return unknown('a role that does not stand here');
      const role = held.flatMap((one) => one?.statements ?? []);
      const bad = held.find((one) => one?.unknown !== undefined);
      if (bad?.unknown !== undefined) return unknown(bad.unknown);
      const chain = [...from, ...held.flatMap((one) => one?.chain ?? [])];
      if (at(located, 'policy_document') === undefined) {
        return { subject, statements: role, unknown: undefined, chain };
      }
      const session = document(located, 'policy_document');
      if (session.unknown !== undefined) return unknown(session.unknown);
      try {
        return {
          subject,
          statements: sessionOf(role, session.statements),
          unknown: undefined,
          chain,
        };
      } catch (error) {
        if (error instanceof DocumentUnreadable) return unknown(error.message);
        throw error;
      }
    }),
  );
};

/** Accounts that the stacks of AWS are written for: roles of the same name elsewhere are others. */
function accountsOf({ all }: View): ReadonlySet<string> {
  const stacks = new Set(all.map(({ stack }) => stack));
  return new Set(
    [...stacks].flatMap(({ blocks }) => {
      const providers = isObject(blocks['provider']) ? blocks['provider'] : {};
      return blocksOf(providers['aws']).flatMap(({ allowed_account_ids: ids }) =>
        Array.isArray(ids) ? ids.filter((id) => typeof id === 'string') : [],
      );
    }),
  );
}

/** A reference to a role of its own stack has no account to read. */
function isOwn(arn: string, accounts: ReadonlySet<string>): boolean {
  if (/^<aws_iam_role\.[\w-]+\.arn>$/.test(arn)) return true;
  const [, , , , account = '', resource = ''] = arn.split(':');
  return accounts.has(account) && /^role\/[\w+=,.@-]+$/.test(resource);
}

function roleNames(located: Located): readonly string[] | undefined {
  return textsAt(located, 'role_arns')?.map((arn) => arn.replace(/^.*\//, ''));
}

export const trusts: Extract = (view) =>
  bySubject(
    view.of('aws_iam_role').map((located) => ({
      subject: `trust of the AWS role ${textAt(located, 'name') ?? located.resource.name}`,
      chain: [place(located)],
      ...document(located, 'assume_role_policy'),
    })),
  );

export const buckets: Extract = (view) =>
  bySubject(
    view.of('aws_s3_bucket_policy').map((located) => ({
      subject: `bucket policy ${textAt(located, 'bucket') ?? located.resource.name}`,
      chain: [place(located)],
      ...document(located, 'policy'),
    })),
  );

function document(
  located: Located,
  name: string,
): { readonly statements: readonly Statement[]; readonly unknown: string | undefined } {
  const text = textAt(located, name);
  const raw = JSON.stringify(located.resource.body[name] ?? null);
  if (text === undefined) {
    return { statements: [], unknown: `${name} is known only after an apply: ${raw}` };
  }
  try {
    return { statements: parseDocument(text), unknown: undefined };
  } catch (error) {
    if (!(error instanceof DocumentUnreadable)) throw error;
    return { statements: [], unknown: `${name} cannot be read (${error.message}): ${raw}` };
  }
}
