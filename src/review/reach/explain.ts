import {
  governing,
  isSegmented,
  operations,
  type Acl,
  type Operation,
  type Rule,
} from '../acl/acl.ts';
import type { Statement } from '../iam/document.ts';
import { matches } from '../iam/glob.ts';
import type { Grant } from './grants/grant.ts';

/** What one subject may do with one path or ARN, and by which grant. */
export interface Answer {
  readonly subject: string;
  readonly consumer: string | undefined;
  /** Sorted; empty: it may not. `sudo` stands beside what it is needed for. */
  readonly actions: readonly string[];
  /** What decided, with its chain, limits and conditions; of a denial the grant that denies. */
  readonly grant: Grant;
}

export interface Answers {
  /** Of who may, by subject: it holds under the conditions of its grant. */
  readonly allowed: readonly Answer[];
  /** Of whom a rule forbids it by name; whoever has no rule at all stands nowhere. */
  readonly denied: readonly Answer[];
  /** Grants that could not be followed: they may reach it, too. */
  readonly unknown: readonly Grant[];
}

/**
 * Why a consumer may (or may not) reach a path or an ARN, by each of its ways in. Only what a grant gives at
 * once counts, not what its holder could give to itself by it.
 *
 * @param who     name of a consumer, or a subject as grants have it (`approle secret-id-issuer`)
 * @param target  path of OpenBao without a leading slash, ARN, or `infisical://...`, `github://...`
 */
export function explain(grants: readonly Grant[], who: string, target: string): Answers {
  return answers(
    grants.filter(({ consumer, subject }) => consumer === who || subject === who),
    target,
  );
}

/** Who may reach a path or an ARN. As {@link explain}, for everybody. */
export function whoCan(grants: readonly Grant[], target: string): Answers {
  return answers(grants, target);
}

function answers(grants: readonly Grant[], written: string): Answers {
  const target = written.replace(/^\/+/, '');
  const system = systemOf(target);
  const known = grants.filter((one) => one.unknown === undefined && one.system === system);
  const bySubject = new Map<string, Grant[]>();
  for (const one of known) {
    const there = bySubject.get(one.subject);
    if (there === undefined) bySubject.set(one.subject, [one]);
    else there.push(one);
  }
  const all = [...bySubject.values()].flatMap((of) => decide[system](of, target));
  return {
    allowed: all.filter(({ grant }) => grant.effect === 'allow'),
    denied: all.filter(({ grant }) => grant.effect === 'deny'),
    unknown: grants.filter((one) => one.unknown !== undefined && mayReach(one, system)),
  };
}

function systemOf(target: string): Grant['system'] {
  if (target.startsWith('arn:')) return 'aws';
  if (target.startsWith('infisical://')) return 'infisical';
  return target.startsWith('github://') ? 'github' : 'openbao';
}

/** A login whose policies are not known may mint sessions as well. */
function mayReach(grant: Grant, system: Grant['system']): boolean {
  return grant.system === system || (grant.system === 'openbao' && system === 'aws');
}

type Decide = (grants: readonly Grant[], target: string) => readonly Answer[];

const decide: Readonly<Record<Grant['system'], Decide>> = {
  openbao: byAcl,
  aws: byIam,
  infisical: byName,
  github: byName,
};

function byAcl(grants: readonly Grant[], path: string): readonly Answer[] {
  const exact = new Map<string, Rule>();
  const prefixes = new Map<string, Rule>();
  const segmented = new Map<string, Rule>();
  const written = new Map<Rule, Grant>();
  for (const grant of grants) {
    if (grant.decides?.by !== 'acl') continue;
    const { rule } = grant.decides;
    written.set(rule, grant);
    if (isSegmented(grant.resource)) segmented.set(grant.resource, rule);
    else if (grant.resource.endsWith('*')) prefixes.set(grant.resource.slice(0, -1), rule);
    else exact.set(grant.resource, rule);
  }
  const acl: Acl = { exact, prefixes, segmented };
  // Listing may be ruled by another rule than the rest.
  const found = new Map<Rule, string[]>();
  for (const operation of operations) {
    const rule = governing(acl, path, operation);
    if (rule === undefined) continue;
    const there = found.get(rule) ?? [];
    if (permits(rule, operation)) there.push(operation);
    found.set(rule, there);
  }
  return [...found].flatMap(([rule, allowed]) => {
    const grant = written.get(rule);
    if (grant === undefined || (allowed.length === 0 && grant.effect === 'allow')) return [];
    const actions = rule.capabilities.includes('sudo') ? [...allowed, 'sudo'] : allowed;
    return [answer(grant, grant.effect === 'deny' ? [] : actions)];
  });
}

function permits(rule: Rule, operation: Operation): boolean {
  return !rule.capabilities.includes('deny') && rule.capabilities.includes(operation);
}

function byIam(grants: readonly Grant[], arn: string): readonly Answer[] {
  const at = grants.flatMap((grant) => {
    if (grant.decides?.by !== 'iam') return [];
    const { statement } = grant.decides;
    return onResource(statement, arn) ? [{ grant, statement }] : [];
  });
  // A denial under a condition is a condition of what is allowed; one without takes it.
  const denials = at.filter(
    ({ grant, statement }) => grant.effect === 'deny' && statement.conditions.length === 0,
  );
  return at.flatMap(({ grant, statement }) => {
    if (grant.effect === 'deny') return [answer(grant, [])];
    const left = grant.actions.filter(
      (action) => !denials.some((denial) => onAction(denial.statement, action)),
    );
    // What is allowed by exclusion is shown as it is written.
    const actions = statement.actions === undefined ? grant.actions : left;
    return actions.length === 0 ? [] : [answer(grant, actions)];
  });
}

function onResource({ resources, notResources }: Statement, arn: string): boolean {
  if (resources !== undefined) return resources.some((one) => matches(one, arn) || one === arn);
  return !(notResources ?? []).some((one) => matches(one, arn));
}

function onAction({ actions, notActions }: Statement, action: string): boolean {
  if (actions !== undefined) return actions.some((one) => matches(one, action));
  return !(notActions ?? []).some((one) => matches(one, action));
}

function byName(grants: readonly Grant[], name: string): readonly Answer[] {
  return grants
    .filter(({ resource }) => resource === name)
    .map((grant) => answer(grant, grant.actions));
}

function answer(grant: Grant, actions: readonly string[]): Answer {
  const { subject, consumer } = grant;
  return { subject, consumer, actions: [...actions].sort(), grant };
}
