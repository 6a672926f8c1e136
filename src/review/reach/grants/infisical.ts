import { isUnresolved } from '../../../synthesized/reference.ts';
import { blocksOf, isObject, type Json } from '../../../synthesized/resource.ts';
import { at, place, textAt, type Located, type View } from '../view.ts';
import { noLimits, type Grant, type SecretClass } from './grant.ts';
import { count, seconds } from './limits-of.ts';

/** What identities of Infisical may read, and what is copied out of it. */
export function infisicalGrants(view: View, consumers: ReadonlySet<string>): readonly Grant[] {
  const identities = view
    .of('infisical_identity')
    .flatMap((one) => ofIdentity(one, view, consumers));
  return [...identities, ...view.of('infisical_secret_sync_github').map((one) => sync(one, view))];
}

type Given = Omit<Grant, 'resource' | 'actions' | 'unknown'>;

function ofIdentity(
  identity: Located,
  view: View,
  consumers: ReadonlySet<string>,
): readonly Grant[] {
  const name = textAt(identity, 'name') ?? identity.resource.name;
  const id = `<${identity.resource.address}.id>`;
  const mine = (type: string) => view.of(type).filter((one) => textAt(one, 'identity_id') === id);
  const privileges = mine('infisical_project_identity_specific_privilege');
  const roles = [
    ...orgRole(identity),
    ...mine('infisical_project_identity').flatMap((one) => projectRoles(one)),
  ];
  return loginsOf(identity, view, id).flatMap((login) => {
    const github = isGitHub(login);
    const subject = textAt(login, 'bound_subject');
    const given: Given = {
      ...{ system: 'infisical', effect: 'allow', rung: 2, decides: undefined },
      secretClass: github ? 'github-actions-secrets' : undefined,
      subject: github
        ? `GitHub Actions ${subject ?? 'of any repository'}`
        : `Infisical identity ${name}`,
      kind: github ? 'GitHub Actions' : 'Infisical identity',
      consumer: consumers.has(name) ? name : undefined,
      chain: [place(login), place(identity)],
      conditions: github ? [`as Infisical identity ${name}`, ...audience(login)] : [],
      ttl: seconds(login, 'access_token_ttl'),
      maxTtl: seconds(login, 'access_token_max_ttl'),
      uses: count(login, 'access_token_num_uses_limit'),
      cidrs: addresses(login),
    };
    return [
      ...privileges.flatMap((one) => ofPrivilege(given, one)),
      ...roles.map((unknown): Grant => ({ ...given, resource: '?', actions: [], unknown })),
    ];
  });
}

/** Every way in that an identity has, whatever its type. */
function loginsOf(identity: Located, view: View, id: string): readonly Located[] {
  return view.all.filter(
    (one) =>
      /^infisical_identity_\w+_auth$/.test(one.resource.type) && textAt(one, 'identity_id') === id,
  );
}

function isGitHub(login: Located): boolean {
  return ['oidc_discovery_url', 'bound_issuer'].some(
    (name) => textAt(login, name)?.includes('token.actions.githubusercontent.com') === true,
  );
}

function audience(login: Located): readonly string[] {
  const bound = at(login, 'bound_audiences');
  return Array.isArray(bound) ? [`for the audience ${bound.join(' or ')}`] : [];
}

const everywhere = ['0.0.0.0/0', '::/0'];

function addresses(login: Located): readonly string[] | undefined {
  const written = at(login, 'access_token_trusted_ips');
  if (isUnresolved(written)) return undefined;
  const list = blocksOf(written).map((one) => one['ip_address']);
  if (!list.every((one) => typeof one === 'string')) return undefined;
  return list.some((one) => everywhere.includes(one)) ? [] : list;
}

function orgRole(identity: Located): readonly string[] {
  const role = textAt(identity, 'role');
  return role === 'no-access'
    ? []
    : [`the role "${role ?? '?'}" of the organization is not evaluated`];
}

function projectRoles(membership: Located): readonly string[] {
  const written = at(membership, 'roles');
  if (written === undefined || isUnresolved(written))
    return ['its roles are known only after an apply'];
  return blocksOf(written)
    .map((one) => one['role_slug'])
    .filter((slug) => slug !== 'no-access')
    .map((slug) => `the project role ${JSON.stringify(slug ?? null)} is not evaluated`);
}

function ofPrivilege(given: Given, privilege: Located): readonly Grant[] {
  const chain = [...given.chain, place(privilege)];
  const project = textAt(privilege, 'project_slug') ?? '?';
  const unknown = (reason: string): Grant => ({
    ...{ ...given, chain, resource: '?', actions: [], unknown: reason },
  });
  const permissions = at(privilege, 'permissions_v2');
  if (permissions === undefined || isUnresolved(permissions)) {
    return [unknown('permissions that are written in a way that is not read here')];
  }
  return blocksOf(permissions).map((one): Grant => {
    const { action, subject, conditions } = one;
    if (one['inverted'] === true) return unknown('a permission that forbids');
    if (subject !== 'secrets' || !Array.isArray(action)) {
      return unknown(`a permission on ${JSON.stringify(subject ?? null)}`);
    }
    const where = whereOf(conditions);
    if (where === undefined) return unknown('conditions other than one environment and one path');
    const actions = (action as readonly Json[]).map(String).sort();
    const resource = `infisical://${project}/${where.environment}${where.path}`;
    return { ...given, chain, resource, actions, unknown: undefined };
  });
}

/** One environment and one path, by `$eq`, or by `$glob` as Infisical writes patterns. */
function whereOf(text: Json | undefined) {
  if (typeof text !== 'string') return undefined;
  let conditions: Json;
  try {
    conditions = JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
  if (!isObject(conditions)) return undefined;
  const { environment, secretPath, ...others } = conditions;
  const [one, other] = [equal(environment), equal(secretPath)];
  if (one === undefined || other === undefined || Object.keys(others).length > 0) return undefined;
  return { environment: one, path: other };
}

function equal(condition: Json | undefined): string | undefined {
  if (typeof condition === 'string') return condition;
  if (!isObject(condition)) return undefined;
  const { $eq, ...others } = condition;
  return typeof $eq === 'string' && Object.keys(others).length === 0 ? $eq : undefined;
}

function sync(one: Located, view: View): Grant {
  const target = blocksOf(literal(at(one, 'destination_config')))[0];
  const part = (name: string) => (typeof target?.[name] === 'string' ? target[name] : '?');
  const project = view
    .of('infisical_project')
    .find((other) => `<${other.resource.address}.id>` === textAt(one, 'project_id'));
  const slug = project === undefined ? '?' : (textAt(project, 'slug') ?? '?');
  const from = `infisical://${slug}/${textAt(one, 'environment') ?? '?'}${textAt(one, 'secret_path') ?? '/?'}`;
  const environment = part('repository_environment');
  const github: SecretClass = 'github-actions-secrets';
  return {
    ...{ ...noLimits, system: 'github', effect: 'allow', rung: 3, secretClass: github },
    ...{ consumer: undefined, decides: undefined, kind: 'Infisical sync' },
    subject: `Infisical sync ${textAt(one, 'name') ?? one.resource.name}`,
    chain: [place(one)],
    resource: `github://${part('repository_owner')}/${part('repository_name')}${environment === '?' ? '' : `/${environment}`}`,
    actions: ['copy'],
    conditions: [`all that lies in ${from}`],
    unknown: target === undefined ? 'where it copies to is known only after an apply' : undefined,
  };
}

function literal(value: ReturnType<typeof at>): Json | undefined {
  return isUnresolved(value) ? undefined : value;
}
