import type { Grant } from '../reach/grants/grant.ts';
import type { Step } from './payload.ts';

/** Seconds as a person says them: `15 min`, `1 h 30 min`, `7 d`. */
export function duration(seconds: number): string {
  const parts: string[] = [];
  let rest = seconds;
  for (const [size, unit] of [
    [86_400, 'd'],
    [3600, 'h'],
    [60, 'min'],
    [1, 's'],
  ] as const) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${String(count)} ${unit}`);
  }
  return parts.length === 0 ? '0 s' : parts.join(' ');
}

/** How long, how often, from where, each in words; of what is not told, nothing. */
export function limitsInWords(grant: Grant): readonly string[] {
  const { ttl, maxTtl, uses, cidrs, kind } = grant;
  const session = inSession(grant);
  const it = session ? 'session' : kind.startsWith('AWS') ? 'session' : 'token';
  return [
    ...(ttl === undefined ? [] : [`${it} lives ${duration(ttl)}`]),
    ...(maxTtl === undefined || maxTtl === ttl ? [] : [`at most ${duration(maxTtl)}`]),
    ...(uses === undefined || kind === 'certificate' ? [] : [usesInWords(grant, uses)]),
    ...(cidrs === undefined ? [] : [sources(cidrs, session)]),
  ];
}

function usesInWords({ kind }: Grant, uses: number): string {
  const what = kind === 'approle' ? 'SecretID' : 'token';
  if (uses === 0) return `${what} works without end`;
  return uses === 1 ? `${what} works once` : `${what} works ${String(uses)} times`;
}

function sources(cidrs: readonly string[], session: boolean): string {
  const from = cidrs.length === 0 ? 'any address' : cidrs.join(', ');
  return session ? `minted from ${from}; then used from anywhere` : `from ${from}`;
}

export function inSession({ system, kind }: Grant): boolean {
  return system === 'aws' && !kind.startsWith('AWS');
}

/** `may read`, `may not`, with the name of what it may not be told for. */
export function mayInWords({ effect, actions, unknown }: Grant): string {
  if (unknown !== undefined) return 'may do what cannot be told';
  if (effect === 'deny')
    return actions.includes('deny') ? 'may do nothing' : `may not ${actions.join(', ')}`;
  return `may ${actions.join(', ')}`;
}

/** What each resource of a chain does there, by its type. */
const does: Readonly<Record<string, string>> = {
  vault_approle_auth_backend_role: 'logs in by AppRole',
  vault_cert_auth_backend_role: 'logs in by its client certificate',
  vault_jwt_auth_backend_role: 'logs in by a token of its issuer',
  vault_auth_backend: 'logs in as a person',
  vault_policy: 'is given a policy of OpenBao',
  vault_aws_secret_backend_role: 'has a session of AWS minted, no wider than its session policy',
  aws_iam_role: 'of this AWS role',
  aws_iam_role_policy: 'whose own policy allows no more either',
  aws_s3_bucket_policy: 'is allowed by the policy of a bucket',
  infisical_identity: 'is this identity',
  infisical_identity_universal_auth: 'logs in to Infisical by client id and secret',
  infisical_identity_oidc_auth: 'logs in to Infisical by a token of its issuer',
  infisical_project_identity_specific_privilege: 'is given a privilege on folders',
  infisical_secret_sync_github: 'copies secrets to GitHub',
};

/** The chain of a grant, from what lets in to what allows, each with its resource. */
export function stepsOf({ chain, kind }: Grant): readonly Step[] {
  return chain.map((address) => {
    const type = typeOf(address);
    if (kind === 'AWS role' && type === 'aws_iam_role_policy')
      return { says: 'is allowed by its own policy', address };
    if (kind === 'AWS principal' && type === 'aws_iam_role')
      return { says: 'is trusted by this role', address };
    return { says: does[type] ?? `through ${type}`, address };
  });
}

/** `vault_policy` of `openbao: vault_policy.consumer-unpoller`. */
export function typeOf(address: string): string {
  return (/^\S+: ([^.]+)\./.exec(address) ?? [])[1] ?? address;
}

/** `consumer-unpoller` of `openbao: vault_policy.consumer-unpoller`. */
export function nameOf(address: string): string {
  return (/^\S+: [^.]+\.(.*)$/.exec(address) ?? [])[1] ?? address;
}
