import { z } from 'zod';
import { mounts, responderPaths, verifierPaths } from '../model/names.ts';
import { workflowLogin } from '../model/workflows.ts';
import type { Expected } from './expected.ts';
import { extra, differs, type Finding } from './finding.ts';
import type { Server } from './server.ts';

const token = z.object({
  path: z.string(),
  policies: z.array(z.string()),
  identity_policies: z.array(z.string()).nullish(),
  meta: z.record(z.string(), z.string()).nullish(),
  bound_cidrs: z.array(z.string()).nullish(),
  creation_ttl: z.number(),
  explicit_max_ttl: z.number().nullish(),
  period: z.number().nullish(),
  expire_time: z.string().nullish(),
});
type Token = z.infer<typeof token>;

/** Every machine and person here gets tokens for an hour at most. */
const longest = 3600;

/** Every live token: where it comes from, what it may do, and whether it ends. */
export async function tokenDrift(server: Server, expected: Expected): Promise<readonly Finding[]> {
  const accessors = await server.list(responderPaths.tokenAccessors);
  const origins = originsOf(expected);
  const roles = new Set(expected.of('vault_approle_auth_backend_role', 'role_name').keys());
  const findings: Finding[] = [];
  for (const accessor of accessors) {
    const read = await server.token(responderPaths.lookupToken, accessor);
    if (read === undefined) continue;
    const found = token.parse(read);
    if (isWrapping(found, roles) && found.creation_ttl <= longest) continue;
    findings.push(...judge(`token with the accessor ${accessor}`, found, origins));
  }
  return findings;
}

/** The policies that a token of this origin may have; undefined: nobody declared such an origin. */
type Origins = (found: Token) => readonly string[] | undefined;

function originsOf(expected: Expected): Origins {
  const policies = (type: string, name: string, role: string, argument: string) => {
    const value = expected.of(type, name).get(role)?.values[argument];
    return Array.isArray(value) ? value.map(String) : undefined;
  };
  return ({ path, meta }) => {
    const role = (key: string) => meta?.[key] ?? '';
    if (path === `auth/${mounts.approle}/login`) {
      const name = role('role_name');
      return policies('vault_approle_auth_backend_role', 'role_name', name, 'token_policies');
    }
    if (path === `auth/${mounts.certificate}/login`) {
      const name = role('cert_name');
      return policies('vault_cert_auth_backend_role', 'name', name, 'token_policies');
    }
    if (path === workflowLogin) {
      const type = 'vault_jwt_auth_backend_role';
      return policies(type, 'role_name', role('role'), 'token_policies');
    }
    if (path === verifierPaths.token) {
      const type = 'vault_token_auth_backend_role';
      return policies(type, 'role_name', 'verifier', 'allowed_policies');
    }
    if (path.startsWith(`auth/${mounts.operator}/`)) return ['operator'];
    return path.startsWith('auth/bootstrap/login/') ? ['bootstrap'] : undefined;
  };
}

/** A SecretID or a client secret on its way, in its wrapping: whoever opens it first ends it. */
function isWrapping({ path, policies }: Token, roles: ReadonlySet<string>): boolean {
  const role = new RegExp(`^auth/${mounts.approle}/role/([^/]+)/secret-id$`).exec(path)?.[1];
  const known = path === 'sys/wrapping/wrap' || (role !== undefined && roles.has(role));
  return known && policies.join() === 'response-wrapping';
}

function judge(name: string, found: Token, origins: Origins): readonly Finding[] {
  const policies = [...found.policies, ...(found.identity_policies ?? [])];
  const what = `${name} (${policies.join(', ')})`;
  if (policies.includes('root')) return [extra(what, `a root token, made at ${found.path}`)];
  const allowed = origins(found);
  if (allowed === undefined) return [extra(what, `made at ${found.path}, which nobody declared`)];
  const findings: Finding[] = [];
  const foreign = policies.filter((policy) => !allowed.includes(policy));
  if (foreign.length > 0) findings.push(differs(what, `has ${foreign.join(', ')} besides`));
  if ((found.bound_cidrs ?? []).length === 0)
    findings.push(differs(what, 'works from any address'));
  if ((found.expire_time ?? '') === '') findings.push(differs(what, 'never ends'));
  if ((found.period ?? 0) > 0) findings.push(differs(what, 'can be renewed without end'));
  if (found.creation_ttl > longest) {
    findings.push(differs(what, `was made for ${String(found.creation_ttl)} s`));
  }
  return findings;
}
