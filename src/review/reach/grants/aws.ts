import { allows, type Operation } from '../../acl/acl.ts';
import type { Statement } from '../../iam/document.ts';
import { buckets, inWords, roles, sessions, trusts, type AwsReach } from '../aws.ts';
import { place, textAt, textsAt, type Located, type View } from '../view.ts';
import { noLimits, type Grant } from './grant.ts';
import { awsMounts, bare } from './labels.ts';
import { seconds } from './limits-of.ts';
import { writtenIn, type Way } from './openbao.ts';

type Given = Omit<
  Grant,
  'resource' | 'effect' | 'actions' | 'decides' | 'system' | 'secretClass' | 'rung'
>;

/** What a login of OpenBao may do in AWS, by the sessions that it may have minted. */
export function sessionGrants(ways: readonly Way[], view: View): readonly Grant[] {
  const reach = sessions(view);
  const engine = view.of('vault_aws_secret_backend_role').flatMap((role): readonly Engine[] => {
    const name = textAt(role, 'name') ?? role.resource.name;
    const found = reach.get(`AWS session ${name}`);
    const mount = bare(textAt(role, 'backend') ?? 'aws');
    return found === undefined ? [] : [{ role, paths: pathsOf(mount, name), reach: found }];
  });
  const byPath = new Map(engine.flatMap((one) => one.paths.map((path) => [path, one] as const)));
  const mounts = awsMounts(view);
  const standing = rolesByName(view);
  return ways.flatMap((way) => [
    ...mintable(way, engine, byPath).flatMap(({ one, path }) =>
      ofSession(way, one, path, { view, standing }),
    ),
    ...missing(way, mounts, byPath),
  ]);
}

interface Engine {
  readonly role: Located;
  readonly paths: readonly string[];
  readonly reach: AwsReach;
}

function pathsOf(mount: string, role: string): readonly string[] {
  return [`${mount}/sts/${role}`, `${mount}/creds/${role}`];
}

const minting: readonly Operation[] = ['read', 'create', 'update'];

/** Sessions that the login's policies let it mint; by patterns as well. */
function mintable(way: Way, engine: readonly Engine[], byPath: ReadonlyMap<string, Engine>) {
  const { acl } = way.login;
  const patterns = acl.prefixes.size + acl.segmented.size > 0;
  const near = patterns
    ? engine
    : new Set([...acl.exact.keys()].flatMap((path) => byPath.get(path) ?? []));
  return [...near].flatMap((one) => {
    const path = one.paths.find((path) =>
      minting.some((operation) => allows(acl, { path, operation })),
    );
    return path === undefined ? [] : [{ one, path }];
  });
}

/** A path that would mint, were there such a role: what it will give nobody can tell. */
function missing(
  way: Way,
  mounts: readonly string[],
  byPath: ReadonlyMap<string, Engine>,
): readonly Grant[] {
  return [...way.login.acl.exact].flatMap(([path, rule]) => {
    const [mount = '', action = ''] = path.split('/');
    if (!mounts.includes(mount) || !['sts', 'creds'].includes(action) || byPath.has(path))
      return [];
    if (rule.capabilities.includes('deny')) return [];
    const unknown = `no role of the AWS engine stands behind ${path} in these stacks`;
    return [
      open({ ...given(way, path), chain: [...way.from, ...writtenIn(way.login, path)] }, unknown),
    ];
  });
}

interface Behind {
  readonly view: View;
  readonly standing: ReadonlyMap<string, readonly string[]>;
}

function ofSession(way: Way, one: Engine, path: string, behind: Behind): readonly Grant[] {
  const from = {
    ...given(way, path),
    chain: [...chainTo(way, path), ...one.reach.chain.slice(0, 1), ...assumed(one, behind)],
    ttl: seconds(one.role, 'default_sts_ttl'),
    maxTtl: seconds(one.role, 'max_sts_ttl'),
  };
  const { unknown } = one.reach;
  if (unknown !== undefined) return [open(from, withoutBody(unknown))];
  return one.reach.statements.flatMap((statement) => ofStatement(from, statement, behind.view));
}

function chainTo(way: Way, path: string): readonly string[] {
  const written = writtenIn(way.login, path);
  // Reached by a pattern: each of its policies may be the one.
  return [
    ...way.from,
    ...(written.length > 0 ? written : way.login.read.map(({ where }) => where)),
  ];
}

/** The AWS roles behind a session, each with its policies, in that order. */
function assumed({ role }: Engine, { standing }: Behind): readonly string[] {
  const names = (textsAt(role, 'role_arns') ?? []).map((arn) => arn.replace(/^.*\//, ''));
  return names.flatMap((name) => standing.get(name) ?? []);
}

function rolesByName(view: View): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  const add = (name: string | undefined, one: Located) => {
    if (name !== undefined) found.set(name, [...(found.get(name) ?? []), place(one)]);
  };
  for (const one of view.of('aws_iam_role')) add(textAt(one, 'name'), one);
  for (const one of view.of('aws_iam_role_policy')) add(textAt(one, 'role'), one);
  return found;
}

function given(way: Way, path: string): Given {
  const { login, kind, consumer, conditions, uses, cidrs } = way;
  return {
    ...{ kind, consumer, uses, cidrs, chain: [], unknown: undefined },
    ...{ ttl: undefined, maxTtl: undefined },
    subject: login.subject,
    conditions: [...conditions, `in a session minted at ${path}`],
  };
}

/** What roles of AWS allow whoever holds them without OpenBao, who may become a role, and what buckets allow. */
export function awsGrants(view: View): readonly Grant[] {
  const limits = { ...noLimits, consumer: undefined, conditions: [], unknown: undefined };
  const own = [...roles(view).values()].flatMap((reach) => {
    const given = {
      ...limits,
      subject: reach.subject,
      kind: 'AWS role',
      chain: reach.chain,
    } as const;
    if (reach.unknown !== undefined) return [open(given, withoutBody(reach.unknown))];
    return reach.statements.flatMap((one) => ofStatement(given, one, view));
  });
  const byRole = trusts(view);
  const arns = view
    .of('vault_aws_secret_backend_role')
    .flatMap((one) => textsAt(one, 'role_arns') ?? []);
  const trusted = view.of('aws_iam_role').flatMap((role) => {
    const name = textAt(role, 'name') ?? role.resource.name;
    const given = {
      ...limits,
      chain: [place(role)],
      maxTtl: seconds(role, 'max_session_duration'),
    };
    return byPrincipal(byRole.get(`trust of the AWS role ${name}`), given, view, [
      roleArnPattern(name, arns),
    ]);
  });
  const shared = [...buckets(view).values()].flatMap((reach) =>
    byPrincipal(allowances(reach), { ...limits, chain: reach.chain }, view, undefined),
  );
  return [...own, ...trusted, ...shared];
}

/** A bucket policy that denies guards what others give; it gives nothing. */
function allowances(reach: AwsReach): AwsReach {
  return { ...reach, statements: reach.statements.filter(({ effect }) => effect === 'Allow') };
}

function byPrincipal(
  reach: AwsReach | undefined,
  given: Omit<Given, 'subject' | 'kind'>,
  view: View,
  resources: readonly string[] | undefined,
): readonly Grant[] {
  if (reach === undefined) return [];
  if (reach.unknown !== undefined) {
    const subject = { subject: reach.subject, kind: 'AWS principal' } as const;
    return [open({ ...given, ...subject }, withoutBody(reach.unknown))];
  }
  return reach.statements.flatMap((statement) =>
    Object.entries(statement.principals ?? { AWS: ['?'] }).flatMap(([type, names]) =>
      names.flatMap((name) =>
        ofStatement(
          { ...given, subject: `AWS principal ${type} ${name}`, kind: 'AWS principal' },
          { ...statement, resources: resources ?? statement.resources, principals: undefined },
          view,
        ),
      ),
    ),
  );
}

/** Its ARN as far as these stacks have it; the account is no part of a role. */
function roleArnPattern(name: string, arns: readonly string[]): string {
  return arns.find((arn) => arn.endsWith(`:role/${name}`)) ?? `arn:aws:iam::*:role/${name}`;
}

function ofStatement(given: Given, statement: Statement, view: View): readonly Grant[] {
  const { actions, notActions, notResources } = statement;
  // A role and its session policy say the same twice.
  const conditions = [
    ...new Map(statement.conditions.map((one) => [JSON.stringify(one), one])).values(),
  ];
  const resources = statement.resources ?? [undefined];
  const words = conditions.length === 0 ? '' : inWords({ ...statement, ...nothingBut, conditions });
  return resources.map((resource): Grant => {
    const arn = resource === undefined ? undefined : namedByServer(resource, view);
    return {
      ...given,
      ...{ system: 'aws', rung: 1, secretClass: stateClass(actions) },
      resource: arn ?? `* but ${(notResources ?? []).join(', ')}`,
      effect: statement.effect === 'Allow' ? 'allow' : 'deny',
      actions: [...(actions ?? [`* but ${(notActions ?? []).join(', ')}`])].sort(),
      conditions: [...given.conditions, ...(words === '' ? [] : [words])],
      decides: {
        by: 'iam',
        statement: { ...statement, resources: arn === undefined ? undefined : [arn] },
      },
    };
  });
}

const nothingBut = {
  ...{ actions: [], notActions: undefined, resources: undefined, notResources: undefined },
  principals: undefined,
} as const;

/** What Terraform's own names of attributes stand for, where the argument tells: ARNs of buckets. */
function namedByServer(resource: string, view: View): string {
  return resource.replace(/<aws_s3_bucket\.([\w-]+)\.arn>/g, (whole, name: string) => {
    const bucket = view.of('aws_s3_bucket').find((one) => one.resource.name === name);
    const named = bucket === undefined ? undefined : textAt(bucket, 'bucket');
    return named === undefined ? whole : `arn:aws:s3:::${named}`;
  });
}

function stateClass(actions: readonly string[] | undefined): Grant['secretClass'] {
  const state = actions?.some((one) => one.startsWith('s3:') || one.startsWith('dynamodb:'));
  return state === true ? 'aws-tf-state' : undefined;
}

function open(given: Given, unknown: string): Grant {
  return {
    ...given,
    ...{ system: 'aws', rung: undefined, secretClass: undefined, decides: undefined, unknown },
    ...{ resource: '?', effect: 'allow', actions: [] },
  };
}

/** The comparison keeps what it could not read in its reason, to see that it changed; a person needs the reason. */
function withoutBody(reason: string): string {
  return reason.replace(/: [{["].*$/s, '');
}
