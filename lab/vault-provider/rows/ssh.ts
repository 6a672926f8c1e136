import { isList, isMap, type Value } from '../../provider-protocol/value.ts';
import { endpoint } from '../endpoint.ts';
import { Refused } from '../row.ts';

/** The CA of an SSH engine: made once, told its public key, deleted as a whole. */
export const sshCa = endpoint({
  id: '{backend}',
  path: '{id}/config/ca',
  rules: {
    backend: { default: 'ssh', forceNew: true },
    generate_signing_key: { default: true, forceNew: true },
    ...Object.fromEntries(
      [
        'private_key',
        'public_key',
        'key_type',
        'key_bits',
        'managed_key_name',
        'managed_key_id',
      ].map((name) => [name, { forceNew: true }]),
    ),
    key_type: { default: 'ssh-rsa', forceNew: true },
    key_bits: { default: 0, forceNew: true },
  },
  check(change) {
    if (!change.isNew) throw new Refused('a CA is replaced, not changed');
  },
  send: {
    generate_signing_key: 'always',
    private_key: 'set',
    public_key: 'set',
    key_type: 'always',
    key_bits: 'always',
  },
  read: ['public_key'],
});

const flags = [
  ...['allow_bare_domains', 'allow_host_certificates', 'allow_subdomains'],
  ...['allow_user_certificates', 'allow_user_key_ids', 'allow_empty_principals'],
  ...['allowed_users_template', 'default_user_template', 'allowed_domains_template'],
];
const texts = [
  ...['allowed_critical_options', 'allowed_domains', 'cidr_list', 'allowed_extensions'],
  ...['allowed_users', 'default_user', 'key_id_format', 'algorithm_signer'],
];
const maps = ['default_extensions', 'default_critical_options'];
const durations = ['ttl', 'max_ttl', 'not_before_duration'];
const asNames = (names: readonly string[], send: 'always' | 'set') =>
  Object.fromEntries(names.map((name) => [name, send]));

/** The block has a list of lengths for each type; the API a map of them. */
function keyLengths(value: Value): Readonly<Record<string, unknown>> {
  const blocks = isList(value) ? value.filter(isMap) : [];
  return Object.fromEntries(
    blocks.map(({ type, lengths }) => [typeof type === 'string' ? type : '', lengths ?? null]),
  );
}

export const sshRole = endpoint({
  id: '{backend}/roles/{name}',
  rules: {
    backend: { forceNew: true },
    name: { forceNew: true },
    ...Object.fromEntries(
      flags
        .filter((name) => name !== 'allowed_domains_template')
        .map((name) => [name, { default: false }]),
    ),
  },
  send: {
    key_type: 'always',
    ...asNames(flags, 'always'),
    ...asNames([...texts, ...maps, ...durations, 'allowed_user_key_config'], 'set'),
  },
  // A block for each type here, a map of them there.
  sendAs: { allowed_user_key_config: 'allowed_user_key_lengths' },
  encode: { allowed_user_key_config: keyLengths },
  read: ['key_type'],
  readIfPresent: [...flags, ...texts, ...maps, ...durations],
  decode: Object.fromEntries(durations.map((name) => [name, (raw: unknown) => String(raw)])),
  alsoRead: async (bao, path) => {
    const lengths = (await bao.read(path))?.data?.['allowed_user_key_lengths'];
    if (typeof lengths !== 'object' || lengths === null) return {};
    return {
      allowed_user_key_config: Object.entries(lengths).map(([type, found]) => ({
        type,
        lengths: Array.isArray(found) ? found : [found],
      })),
    };
  },
});
