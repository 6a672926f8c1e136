import { isUnresolved } from '../../../synthesized/reference.ts';
import type { Json } from '../../../synthesized/resource.ts';
import type { Rule } from '../../acl/acl.ts';
import { loginsOf, ruleInWords, type Login } from '../logins.ts';
import { at, place, textAt, textsAt, type Located, type View } from '../view.ts';
import { noLimits, type Grant, type Limits, type SubjectKind } from './grant.ts';
import type { Label } from './labels.ts';
import { roleLimits } from './limits-of.ts';

/** A login with what it gives on its way: what grants of its paths, and of sessions behind them, begin with. */
export interface Way extends Limits {
  readonly login: Login;
  readonly kind: SubjectKind;
  readonly consumer: string | undefined;
  /** What the login itself is bound to, in words. */
  readonly conditions: readonly string[];
  /** From the subject up to its policies. */
  readonly from: readonly string[];
}

export function waysOf(view: View): readonly Way[] {
  return [...loginsOf(view).values()].map((login) => way(login, view));
}

function way(login: Login, view: View): Way {
  const { role } = login;
  if (role === undefined) {
    const people = view.of('vault_auth_backend').filter(lettingPeopleIn).map(place);
    return {
      ...{ ...noLimits, login, kind: 'policy holder', consumer: undefined, conditions: [] },
      from: login.policies.includes('operator') ? people : [],
    };
  }
  const limits = { ...roleLimits(role), login, from: [place(role)] };
  const name = textAt(role, role.resource.type.includes('approle') ? 'role_name' : 'name');
  const consumes = login.policies.some((policy) => policy.startsWith('consumer-'));
  const consumer = consumes ? (name ?? role.resource.name) : undefined;
  switch (role.resource.type) {
    case 'vault_approle_auth_backend_role': {
      const open = at(role, 'bind_secret_id') === false;
      return {
        ...{ ...limits, kind: 'approle', consumer },
        conditions: open ? ['asks for no SecretID'] : [],
      };
    }
    case 'vault_cert_auth_backend_role':
      return { ...limits, kind: 'certificate', consumer, conditions: certificateBounds(role) };
    default:
      return {
        ...limits,
        kind: fromGitHub(role, view) ? 'GitHub Actions' : 'single sign-on',
        consumer: undefined,
        conditions: tokenBounds(role),
      };
  }
}

/** A method whose users stand in no stack. */
function lettingPeopleIn(backend: Located): boolean {
  return ['userpass', 'ldap'].includes(textAt(backend, 'type') ?? '');
}

function certificateBounds(role: Located): readonly string[] {
  const names = textsAt(role, 'allowed_common_names');
  if (names === undefined) return ['a certificate of a name that is known only after an apply'];
  return names.length === 0
    ? ['any certificate of its CA']
    : [`a certificate of ${names.join(' or ')}`];
}

function tokenBounds(role: Located): readonly string[] {
  const bound = ['bound_subject', 'bound_audiences', 'bound_claims'].flatMap((name) => {
    const value = at(role, name);
    if (value === undefined || value === null) return [];
    return [`${name} ${inWords(value)}`];
  });
  return bound.length === 0 ? ['any token of its issuer'] : bound;
}

function inWords(value: Json | { readonly unresolved: string }): string {
  if (isUnresolved(value)) return value.unresolved;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const githubIssuer = 'token.actions.githubusercontent.com';

function fromGitHub(role: Located, view: View): boolean {
  const backend = textAt(role, 'backend');
  return view
    .of('vault_jwt_auth_backend')
    .filter((one) => (textAt(one, 'path') ?? 'jwt') === backend)
    .some((one) =>
      ['oidc_discovery_url', 'bound_issuer', 'jwks_url'].some(
        (name) => textAt(one, name)?.includes(githubIssuer) === true,
      ),
    );
}

/** What a login may do in OpenBao itself: a grant for each rule of its merged policies. */
export function openBaoGrants(ways: readonly Way[], label: Label): readonly Grant[] {
  return ways.flatMap((way) => [...rulesOf(way, label), ...unknownOf(way)]);
}

function rulesOf(way: Way, label: Label): readonly Grant[] {
  const { exact, prefixes, segmented } = way.login.acl;
  const of = (resource: string, rule: Rule): Grant => {
    const denied = rule.capabilities.includes('deny');
    const words = ruleInWords(rule).replace(/^allowed(, )?/, '');
    return {
      ...base(way),
      ...label(resource),
      chain: [...way.from, ...writtenIn(way.login, resource)],
      resource,
      effect: denied ? 'deny' : 'allow',
      actions: denied ? ['deny'] : [...rule.capabilities].sort(),
      conditions: [...way.conditions, ...(denied || words === '' ? [] : [words])],
      decides: { by: 'acl', rule },
    };
  };
  return [
    ...[...exact].map(([path, rule]) => of(path, rule)),
    ...[...prefixes].map(([prefix, rule]) => of(`${prefix}*`, rule)),
    ...[...segmented].map(([pattern, rule]) => of(pattern, rule)),
  ];
}

/** The policies that have a rule for exactly this path. */
export function writtenIn(login: Login, resource: string): readonly string[] {
  return login.read
    .filter(({ stanzas }) => stanzas.some(({ path }) => path === resource))
    .map(({ where }) => where);
}

function unknownOf(way: Way): readonly Grant[] {
  return way.login.unknown.map((unknown) => ({
    ...base(way),
    ...{ rung: undefined, secretClass: undefined, decides: undefined, unknown },
    ...{ chain: way.login.chain, resource: '?', effect: 'allow', actions: [] },
    conditions: way.conditions,
  }));
}

function base({ login, kind, consumer, ttl, maxTtl, uses, cidrs }: Way) {
  return {
    ...{ ttl, maxTtl, uses, cidrs, kind, consumer, unknown: undefined },
    system: 'openbao' as const,
    subject: login.subject,
  };
}
