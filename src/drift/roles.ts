import { mounts } from '../model/names.ts';
import { blocksOf } from '../synthesized/resource.ts';
import type { Expected, Wanted } from './expected.ts';
import { differs, extra, missing, type Finding } from './finding.ts';
import { inWords, isNothing, same } from './same.ts';
import type { Data, Server } from './server.ts';

/** A kind of role: where they are, and what the server says of one that nobody set. */
interface RoleKind {
  readonly what: string;
  readonly type: string;
  /** Argument of the resource that names it. */
  readonly name: string;
  readonly path: string;
  /** The engine whose roles these are, where there are several of its type. */
  readonly mount?: string;
  /** Fields of the answer that say nothing of their own. */
  readonly silent: readonly string[];
  /** What the server makes of a field that is not written. */
  readonly usual?: Data;
  /** Those that the server has made itself. */
  readonly own?: readonly string[];
  /** Arguments as the server names them, where that is otherwise. */
  readonly written?: (values: Wanted['values']) => Wanted['values'];
}

/** Terraform writes as blocks which kinds of keys are signed, the server says it as a map. */
function keyLengths(values: Wanted['values']): Wanted['values'] {
  const { allowed_user_key_config: config, ...others } = values;
  const lengths = blocksOf(config).flatMap(({ type, lengths: allowed }) =>
    typeof type === 'string' && allowed !== undefined ? [[type, allowed] as const] : [],
  );
  if (lengths.length === 0) return others;
  return { ...others, allowed_user_key_lengths: Object.fromEntries(lengths) };
}

const kinds: readonly RoleKind[] = [
  {
    what: 'AppRole',
    type: 'vault_approle_auth_backend_role',
    name: 'role_name',
    path: `auth/${mounts.approle}/role`,
    silent: [],
  },
  {
    what: 'certificate login',
    type: 'vault_cert_auth_backend_role',
    name: 'name',
    path: `auth/${mounts.certificate}/certs`,
    silent: ['certificate', 'display_name'],
  },
  {
    what: 'single sign-on role',
    type: 'vault_jwt_auth_backend_role',
    name: 'role_name',
    path: `auth/${mounts.operator}/role`,
    mount: mounts.operator,
    silent: [],
    usual: { bound_claims_type: 'string', callback_mode: 'client' },
  },
  {
    what: 'role of runs',
    type: 'vault_jwt_auth_backend_role',
    name: 'role_name',
    path: `auth/${mounts.workflows}/role`,
    mount: mounts.workflows,
    silent: [],
    usual: { bound_claims_type: 'string', callback_mode: 'client' },
  },
  {
    what: 'token role',
    type: 'vault_token_auth_backend_role',
    name: 'role_name',
    path: 'auth/token/roles',
    silent: ['name'],
  },
  {
    what: 'AWS role',
    type: 'vault_aws_secret_backend_role',
    name: 'name',
    path: `${mounts.aws}/roles`,
    silent: [],
  },
  {
    what: 'PKI role',
    type: 'vault_pki_secret_backend_role',
    name: 'name',
    path: `${mounts.pki}/roles`,
    mount: mounts.pki,
    silent: ['issuer_ref'],
    usual: { not_after_bound: 'permit', not_before_bound: 'permit' },
  },
  {
    what: 'PKI role of services',
    type: 'vault_pki_secret_backend_role',
    name: 'name',
    path: `${mounts.services}/roles`,
    mount: mounts.services,
    silent: ['issuer_ref'],
    usual: { not_after_bound: 'permit', not_before_bound: 'permit' },
  },
  {
    what: 'SSH role',
    type: 'vault_ssh_secret_backend_role',
    name: 'name',
    path: `${mounts.ssh}/roles`,
    silent: [],
    written: keyLengths,
    usual: { algorithm_signer: 'default', issuer_ref: 'default' },
  },
  {
    what: 'role of a database',
    type: 'vault_database_secret_backend_role',
    name: 'name',
    path: `${mounts.database}/roles`,
    silent: [],
  },
  {
    what: 'key of identity tokens',
    type: 'vault_identity_oidc_key',
    name: 'name',
    path: 'identity/oidc/key',
    silent: [],
    own: ['default'],
  },
  {
    what: 'form of identity tokens',
    type: 'vault_identity_oidc_role',
    name: 'name',
    path: 'identity/oidc/role',
    silent: [],
  },
  {
    what: 'rate limit',
    type: 'vault_quota_rate_limit',
    name: 'name',
    path: 'sys/quotas/rate-limit',
    silent: ['type', 'inheritable'],
  },
];

/** Arguments that are where the resource lives, or Terraform's own. */
const places = new Set(['backend', 'depends_on', 'lifecycle', 'provider', 'namespace']);

export async function roleDrift(server: Server, expected: Expected): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const kind of kinds) {
    const wanted =
      kind.mount === undefined
        ? expected.of(kind.type, kind.name)
        : expected.in(kind.mount, kind.type, kind.name);
    const there = (await server.list(kind.path)).filter((name) => !kind.own?.includes(name));
    for (const name of there) {
      const found = await server.read(`${kind.path}/${name}`);
      if (found === undefined) continue;
      const declared = wanted.get(name);
      const what = `${kind.what} ${name}`;
      findings.push(
        ...(declared === undefined
          ? [extra(what, summary(found))]
          : compareRole(kind, what, declared, found)),
      );
    }
    const gone = [...wanted.keys()].filter((name) => !there.includes(name));
    findings.push(...gone.map((name) => missing(`${kind.what} ${name}`)));
  }
  return findings;
}

function compareRole(
  { silent, usual = {}, name, written: asServer = (values) => values }: RoleKind,
  what: string,
  { values, told }: Wanted,
  found: Data,
): readonly Finding[] {
  const written = Object.entries(asServer(values)).filter(
    ([key]) => key !== name && !places.has(key) && key in found,
  );
  const other = written
    .filter(([key, value]) => !same(key, value, found[key]))
    .map(([key, value]) => `${key} is ${inWords(found[key])}, not ${inWords(value)}`);
  const unasked = Object.entries(found)
    .filter(([key]) => ![...written.map(([one]) => one), ...told, ...silent, name].includes(key))
    .filter(([key, value]) => !isNothing(value) && value !== usual[key])
    .map(([key, value]) => `${key} is ${inWords(value)}, not unset`);
  return [...other, ...unasked].map((text) => differs(what, text));
}

/** Of a role that nobody declared: what it lets somebody become. */
function summary(found: Data): string {
  const telling = ['token_policies', 'allowed_policies', 'token_bound_cidrs', 'role_arns'] as const;
  const said = telling.filter((key) => key in found).map((key) => `${key}: ${inWords(found[key])}`);
  return said.length === 0 ? 'nobody declared it' : said.join('; ');
}
