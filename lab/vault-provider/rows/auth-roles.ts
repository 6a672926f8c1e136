import { endpoint, trimSlashes } from '../endpoint.ts';
import type { Found } from '../row.ts';
import { isMap, mapValues, type Value } from '../../provider-protocol/value.ts';
import { tokenDecode, tokenRead, tokenRules, tokenSend } from './token-fields.ts';

const backendRule = (mount: string) => ({
  default: mount,
  forceNew: true,
  normalize: trimSlashes,
});

export const approleRole = endpoint({
  id: 'auth/{backend}/role/{role_name}',
  rules: {
    ...tokenRules,
    role_name: { forceNew: true },
    backend: backendRule('approle'),
    bind_secret_id: { default: true },
  },
  send: {
    ...tokenSend,
    bind_secret_id: 'changed',
    secret_id_num_uses: 'changed',
    secret_id_ttl: 'changed',
    secret_id_bound_cidrs: 'changed',
  },
  read: [...tokenRead, 'bind_secret_id', 'secret_id_num_uses', 'secret_id_ttl'],
  readIfPresent: ['secret_id_bound_cidrs'],
  decode: tokenDecode,
  async alsoWrite(bao, path, change) {
    if (!change.has('role_id') || !change.changes('role_id')) return;
    await bao.write(`${path}/role-id`, { role_id: change.get('role_id') });
  },
  async alsoRead(bao, path): Promise<Found> {
    const answer = await bao.read(`${path}/role-id`);
    return answer === null ? {} : { role_id: answer.data?.['role_id'] };
  },
});

export const certRole = endpoint({
  id: 'auth/{backend}/certs/{name}',
  rules: {
    ...tokenRules,
    name: { forceNew: true },
    certificate: { forceNew: true },
    backend: backendRule('cert'),
  },
  importable: false,
  send: {
    ...tokenSend,
    certificate: 'set',
    display_name: 'set',
    ocsp_ca_certificates: 'set',
    allowed_common_names: 'set',
    allowed_dns_sans: 'set',
    allowed_email_sans: 'set',
    allowed_names: 'set',
    // To unset it means something: any organizational unit may log in.
    allowed_organizational_units: 'changed',
    allowed_uri_sans: 'set',
    ocsp_servers_override: 'set',
    required_extensions: 'set',
    ocsp_enabled: 'always',
    ocsp_fail_open: 'always',
    ocsp_query_all_servers: 'always',
  },
  read: [
    ...tokenRead,
    ...['certificate', 'display_name', 'allowed_names', 'allowed_dns_sans'],
    ...['allowed_email_sans', 'allowed_uri_sans', 'required_extensions'],
    ...['allowed_organizational_units', 'ocsp_ca_certificates', 'ocsp_enabled'],
    ...['ocsp_fail_open', 'ocsp_query_all_servers', 'ocsp_servers_override'],
  ],
  decode: tokenDecode,
});

export const jwtRole = endpoint({
  id: 'auth/{backend}/role/{role_name}',
  rules: {
    ...tokenRules,
    role_name: { forceNew: true },
    role_type: { forceNew: true },
    backend: backendRule('jwt'),
    clock_skew_leeway: { default: 0 },
    expiration_leeway: { default: 0 },
    not_before_leeway: { default: 0 },
    disable_bound_claims_parsing: { default: false },
    verbose_oidc_logging: { default: false },
    user_claim_json_pointer: { default: false },
  },
  send: {
    ...tokenSend,
    bound_audiences: 'always',
    user_claim: 'always',
    user_claim_json_pointer: 'always',
    max_age: 'set',
    allowed_redirect_uris: 'set',
    role_type: 'set',
    bound_subject: 'known',
    oidc_scopes: 'set',
    bound_claims_type: 'known',
    bound_claims: 'always',
    claim_mappings: 'set',
    groups_claim: 'known',
    clock_skew_leeway: 'always',
    expiration_leeway: 'always',
    not_before_leeway: 'always',
    verbose_oidc_logging: 'always',
  },
  encode: {
    bound_claims: (claims, change) =>
      splitClaims(claims, change.get('disable_bound_claims_parsing') === true),
  },
  read: [
    ...tokenRead,
    ...['bound_audiences', 'user_claim', 'role_type', 'bound_subject', 'oidc_scopes'],
    'groups_claim',
  ],
  readIfPresent: [
    ...['allowed_redirect_uris', 'bound_claims_type', 'bound_claims', 'claim_mappings'],
    ...['clock_skew_leeway', 'expiration_leeway', 'not_before_leeway'],
    ...['verbose_oidc_logging', 'user_claim_json_pointer', 'max_age'],
  ],
  decode: { ...tokenDecode, bound_claims: joinClaims },
});

/** Of the token's own fields it takes those that a token role has; the others are a login's. */
export const tokenRole = endpoint({
  id: 'auth/token/roles/{role_name}',
  rules: {
    ...tokenRules,
    token_type: { default: 'default-service' },
    role_name: { forceNew: true },
    renewable: { default: true },
  },
  send: {
    ...tokenSend,
    allowed_entity_aliases: 'changed',
    allowed_policies: 'changed',
    allowed_policies_glob: 'changed',
    disallowed_policies: 'changed',
    disallowed_policies_glob: 'changed',
    orphan: 'changed',
    path_suffix: 'changed',
    renewable: 'changed',
  },
  read: [
    ...['token_bound_cidrs', 'token_explicit_max_ttl', 'token_no_default_policy', 'token_period'],
    ...['token_type', 'token_num_uses', 'allowed_policies', 'disallowed_policies', 'orphan'],
    ...['allowed_policies_glob', 'disallowed_policies_glob', 'path_suffix', 'renewable'],
    'allowed_entity_aliases',
  ],
  decode: tokenDecode,
});

/** Terraform has one text a claim, the server a list of those that are accepted. */
function splitClaims(claims: Value, whole: boolean): unknown {
  if (!isMap(claims)) return {};
  return mapValues(claims, (claim) => {
    const text = typeof claim === 'string' ? claim : '';
    return (whole ? [text] : text.split(',')).map((part) => part.trim());
  });
}

function joinClaims(raw: unknown): unknown {
  if (typeof raw !== 'object' || raw === null) return raw;
  return mapValues(raw as Record<string, unknown>, (claim) =>
    Array.isArray(claim) ? claim.join(',') : claim,
  );
}
