import { z } from 'zod';
import { mounts } from '../model/names.ts';
import { blocksOf, type Json } from '../synthesized/resource.ts';
import type { Expected } from './expected.ts';
import { differs, extra, missing, type Finding } from './finding.ts';
import { inWords, isNothing, same } from './same.ts';
import type { Data, Server } from './server.ts';

const mount = z.object({
  type: z.string(),
  config: z.record(z.string(), z.unknown()),
  options: z.record(z.string(), z.unknown()).nullish(),
});

/** Made by OpenBao itself. */
const ownEngines = new Set(['cubbyhole', 'identity', 'sys']);
/** The first identity is made by the server's first start, not by Terraform (decision 0009). */
const ownMethods = new Set(['token', 'bootstrap']);

interface Place {
  readonly type: string;
  /** Field of the server's tuning to the value that it must have. */
  readonly tune: Readonly<Record<string, Json>>;
}

export async function mountDrift(server: Server, expected: Expected): Promise<readonly Finding[]> {
  return [
    ...(await compare(server, 'engine', 'sys/mounts', engines(expected), ownEngines)),
    ...(await compare(server, 'auth method', 'sys/auth', methods(expected), ownMethods)),
    ...(await awsKey(server, expected)),
    ...(await issuers(server, expected)),
  ];
}

function engines(expected: Expected): ReadonlyMap<string, Place> {
  const all = [
    ...expected.of('vault_mount', 'path').values(),
    ...expected.of('vault_aws_secret_backend', 'path').values(),
  ];
  return new Map(
    all.map(({ name, values }): readonly [string, Place] => [
      name,
      {
        type: typeof values['type'] === 'string' ? values['type'] : 'aws',
        tune: {
          default_lease_ttl: values['default_lease_ttl_seconds'] ?? 0,
          max_lease_ttl: values['max_lease_ttl_seconds'] ?? 0,
        },
      },
    ]),
  );
}

function methods(expected: Expected): ReadonlyMap<string, Place> {
  const all = [
    ...expected.of('vault_auth_backend', 'path').values(),
    ...expected.of('vault_jwt_auth_backend', 'path').values(),
  ];
  return new Map(
    all.map(({ name, values }) => {
      const [tune = {}] = blocksOf(values['tune']);
      const type = typeof values['type'] === 'string' ? values['type'] : '';
      return [name, { type, tune }] as const;
    }),
  );
}

async function compare(
  server: Server,
  kind: string,
  path: string,
  wanted: ReadonlyMap<string, Place>,
  own: ReadonlySet<string>,
): Promise<readonly Finding[]> {
  const there = new Map(
    Object.entries((await server.read(path)) ?? {}).map(([name, value]) => [
      name.replace(/\/$/, ''),
      mount.parse(value),
    ]),
  );
  const findings: Finding[] = [];
  for (const [name, { type, config, options }] of there) {
    if (own.has(name)) continue;
    const what = `${kind} ${name}/`;
    const declared = wanted.get(name);
    if (declared === undefined) {
      findings.push(extra(what, `type ${type}`));
      continue;
    }
    const full = isNothing(options?.['version'])
      ? type
      : `${type}-v${inWords(options?.['version'])}`;
    if (full !== declared.type) findings.push(differs(what, `type ${full}, not ${declared.type}`));
    findings.push(...tuning(what, declared.tune, config));
  }
  const gone = [...wanted.keys()].filter((name) => !there.has(name));
  return [...findings, ...gone.map((name) => missing(`${kind} ${name}/`))];
}

const silent = new Set(['force_no_cache']);

function tuning(what: string, tune: Place['tune'], config: Data): readonly Finding[] {
  const fields = new Set([...Object.keys(tune), ...Object.keys(config)]);
  return [...fields]
    .filter((field) => !silent.has(field) && !same(field, tune[field] ?? null, config[field]))
    .map((field) =>
      differs(what, `${field} is ${inWords(config[field])}, not ${inWords(tune[field])}`),
    );
}

/** What the server makes of a field that nobody wrote. */
const silentOfIssuers = new Set(['namespace_in_state', 'status']);

/** Whose tokens are believed: another key, and somebody else signs for every run. */
async function issuers(server: Server, expected: Expected): Promise<readonly Finding[]> {
  const declared = expected.of('vault_jwt_auth_backend', 'path').get(mounts.workflows);
  const config = await server.read(`auth/${mounts.workflows}/config`);
  if (declared === undefined || config === undefined) return [];
  return Object.keys(config)
    .filter((field) => !silentOfIssuers.has(field))
    .filter((field) => !same(field, declared.values[field] ?? null, config[field]))
    .map((field) =>
      differs(
        `auth method ${mounts.workflows}/`,
        `${field} is ${inWords(config[field])}, not ${inWords(declared.values[field])}`,
      ),
    );
}

/** A static key of AWS would make every session outlive this server's own identity. */
async function awsKey(server: Server, expected: Expected): Promise<readonly Finding[]> {
  const declared = expected.of('vault_aws_secret_backend', 'path').get(mounts.aws);
  const root = await server.read(`${mounts.aws}/config/root`);
  if (declared === undefined || root === undefined) return [];
  const fields = ['access_key', 'region', 'sts_endpoint', 'iam_endpoint'] as const;
  return fields
    .filter((field) => !same(field, declared.values[field] ?? null, root[field]))
    .map((field) =>
      differs(
        `engine ${mounts.aws}/`,
        `${field} is ${inWords(root[field])}, not ${inWords(declared.values[field])}`,
      ),
    );
}
