import { X509Certificate } from 'node:crypto';
import { endpoint, trimSlashes, type Send } from '../endpoint.ts';
import { OpenBaoError, segment, type OpenBao } from '../openbao.ts';
import type { Rules } from '../plan.ts';
import type { Change, Found, Row } from '../row.ts';
import { isList, isZero, type Values } from '../value.ts';
import { readMount } from './mount.ts';

const sentWhereSet = [
  ...['common_name', 'ttl', 'format', 'private_key_format', 'max_path_length', 'ou'],
  ...['organization', 'country', 'locality', 'province', 'street_address', 'postal_code'],
  ...['managed_key_name', 'managed_key_id', 'signature_bits', 'not_after', 'not_before_duration'],
  'issuer_name',
];

const sentAsText = [
  ...['alt_names', 'ip_sans', 'uri_sans', 'other_sans'],
  ...['permitted_dns_domains', 'excluded_dns_domains', 'permitted_ip_ranges'],
  ...['excluded_ip_ranges', 'permitted_email_addresses', 'excluded_email_addresses'],
  ...['permitted_uri_domains', 'excluded_uri_domains'],
];

const told = ['certificate', 'issuing_ca', 'serial_number', 'issuer_id', 'key_id'];

const replacing = [
  ...sentWhereSet.filter((name) => !['ttl', 'signature_bits', 'not_after'].includes(name)),
  ...sentAsText,
  ...['backend', 'type', 'exclude_cn_from_sans', 'key_type', 'key_bits', 'key_name', 'key_ref'],
  'issuer_id',
];

const rootRules: Rules = {
  ...Object.fromEntries(replacing.map((name) => [name, { forceNew: true }])),
  format: { default: 'pem', forceNew: true },
  private_key_format: { default: 'der', forceNew: true },
  key_type: { default: 'rsa', forceNew: true },
  key_bits: { default: 2048, forceNew: true },
  max_path_length: { default: -1, forceNew: true },
};

/** A CA. It is made once; what the server told of it then is all that is ever known. */
export const rootCert: Row = {
  rules: rootRules,
  importable: false,
  async write(bao, change) {
    if (!change.isNew) return;
    const backend = trimSlashes(change.text('backend'));
    const type = change.text('type');
    const path = `${backend}/issuers/generate/root/${type}`;
    const answer = await bao.write(segment(path), rootRequest(change, type));
    const data = answer?.data ?? {};
    change.told = Object.fromEntries(told.map((name) => [name, data[name] ?? null]));
    change.made(`${backend}/issuer/${String(data['issuer_id'])}`);
  },
  async read(bao, _, state) {
    const mount = await readMount(bao, backendOf(state));
    return mount === undefined ? undefined : {};
  },
  async remove(bao, id) {
    await bao.remove(segment(id));
  },
  outdated: lost,
};

function rootRequest(change: Change, type: string): Found {
  const own = type === 'existing' || type === 'kms' ? [] : ['key_type', 'key_bits'];
  const key = type === 'existing' ? 'key_ref' : 'key_name';
  // As the real provider: what is configured, not what is a default.
  const set = [...sentWhereSet, ...own, key].filter(
    (name) => (change.config[name] ?? null) !== null,
  );
  const lists = sentAsText.filter((name) => change.has(name));
  return {
    ...Object.fromEntries(set.map((name) => [name, change.get(name)])),
    exclude_cn_from_sans: change.orZero('exclude_cn_from_sans'),
    ...Object.fromEntries(lists.map((name) => [name, joined(change, name)])),
  };
}

function joined(change: Change, name: string): string {
  const value = change.get(name);
  return isList(value) ? value.map(String).join(',') : '';
}

/** The CA was taken from the mount, or another one is in its place. */
async function lost(bao: OpenBao, state: Values): Promise<readonly string[]> {
  const serial = state['serial_number'] ?? null;
  if (typeof serial !== 'string' || serial === '') return [];
  const pem = await issuerOf(bao, state);
  if (pem === 'gone') return ['issuer_id'];
  return pem === undefined || serialOf(pem) === serial ? [] : ['serial_number'];
}

async function issuerOf(bao: OpenBao, state: Values): Promise<string | undefined> {
  const issuer = state['issuer_id'];
  if (typeof issuer !== 'string') return undefined;
  try {
    const answer = await bao.read(segment(`${backendOf(state)}/issuer/${issuer}/json`));
    const pem = answer?.data?.['certificate'];
    return typeof pem === 'string' ? pem : undefined;
  } catch (error) {
    if (!(error instanceof OpenBaoError)) throw error;
    const { status, messages } = error;
    if (status === 403) return undefined;
    const unknownIssuer = messages.some((text) => text.includes('unable to find PKI issuer'));
    if (status === 500 && unknownIssuer) return 'gone';
    throw error;
  }
}

/** As the server writes it: `1d:51:e0`. */
function serialOf(pem: string): string {
  const hex = new X509Certificate(pem).serialNumber.toLowerCase();
  return (hex.match(/../g) ?? []).join(':');
}

function backendOf(state: Values): string {
  const backend = state['backend'];
  return typeof backend === 'string' ? trimSlashes(backend) : '';
}

const roleLists = [
  ...['allowed_domains', 'allowed_serial_numbers', 'ext_key_usage', 'ext_key_usage_oids'],
  'cn_validations',
];

const roleFlags = [
  ...['allow_any_name', 'allow_bare_domains', 'allow_glob_domains', 'allow_ip_sans'],
  ...['allow_localhost', 'allow_subdomains', 'allow_wildcard_certificates'],
  ...['allowed_uri_sans_template', 'basic_constraints_valid_for_non_ca', 'client_flag'],
  ...['code_signing_flag', 'email_protection_flag', 'enforce_hostnames', 'generate_lease'],
  ...['no_store', 'require_cn', 'server_flag', 'use_csr_common_name', 'use_csr_sans'],
];

const roleFields = [
  ...['allowed_domains_template', 'allowed_other_sans', 'allowed_uri_sans', 'country', 'key_bits'],
  ...['signature_bits', 'key_type', 'locality', 'max_ttl', 'not_before_duration', 'ou'],
  ...['organization', 'postal_code', 'province', 'street_address', 'ttl', 'not_after'],
];

const roleExtras = [
  ...['issuer_ref', 'use_pss', 'allowed_user_ids', 'no_store_metadata', 'serial_number_source'],
];

const sendAs = (names: readonly string[], send: Send) =>
  Object.fromEntries(names.map((name) => [name, send]));

/** A list that is empty on the server says nothing: the state keeps what it has. */
const unlessEmpty = (name: string) => (raw: unknown, state: Values) =>
  Array.isArray(raw) && raw.length > 0 ? raw : (state[name] ?? null);

export const pkiRole = endpoint({
  id: '{backend}/roles/{name}',
  rules: {
    backend: { forceNew: true },
    name: { forceNew: true },
    ...sendDefaults(true, [
      ...['allow_localhost', 'enforce_hostnames', 'allow_ip_sans', 'allow_wildcard_certificates'],
      ...['server_flag', 'client_flag', 'use_csr_common_name', 'use_csr_sans', 'require_cn'],
    ]),
    ...sendDefaults(false, [
      ...['allowed_domains_template', 'allow_bare_domains', 'allow_subdomains', 'no_store'],
      ...['allow_glob_domains', 'allow_any_name', 'code_signing_flag', 'email_protection_flag'],
      ...['generate_lease', 'basic_constraints_valid_for_non_ca'],
    ]),
    key_type: { default: 'rsa' },
    key_bits: { default: 2048 },
  },
  validate: (config) =>
    isZero(config['policy_identifier'] ?? null)
      ? undefined
      : 'the stand-in knows policy_identifiers, not the block policy_identifier',
  send: {
    ...sendAs(roleLists, 'set'),
    key_usage: 'known',
    ...sendAs(roleFlags, 'always'),
    ...sendAs([...roleFields, ...roleExtras, 'policy_identifiers'], 'set'),
  },
  read: [...roleFlags, ...roleFields],
  readIfPresent: [...roleLists, 'key_usage', ...roleExtras, 'policy_identifiers'],
  decode: {
    ...Object.fromEntries(
      [...roleLists, 'key_usage', 'policy_identifiers'].map((name) => [name, unlessEmpty(name)]),
    ),
    not_before_duration: shortDuration,
  },
});

function sendDefaults(value: boolean, names: readonly string[]): Rules {
  return Object.fromEntries(names.map((name) => [name, { default: value }]));
}

/** Seconds as Go writes a duration, without what is zero at its end: `5m`, `1h30m`, `90s` is `1m30s`. */
function shortDuration(raw: unknown): unknown {
  if (typeof raw !== 'number' || raw === 0) return '0s';
  const parts = [
    [Math.floor(raw / 3600), 'h'],
    [Math.floor((raw % 3600) / 60), 'm'],
    [raw % 60, 's'],
  ] as const;
  const first = parts.findIndex(([amount]) => amount > 0);
  const last = parts.findLastIndex(([amount]) => amount > 0);
  return parts
    .slice(first, last + 1)
    .map(([amount, unit]) => `${String(amount)}${unit}`)
    .join('');
}
