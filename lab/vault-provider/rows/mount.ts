import { setTimeout as delay } from 'node:timers/promises';
import { OpenBaoError, segment, type Answer, type OpenBao } from '../openbao.ts';
import type { Rules } from '../plan.ts';
import { Refused, type Change, type Found, type Row } from '../row.ts';
import { isMap, type Value, type Values } from '../../provider-protocol/value.ts';

/** Secrets engine mounts: what `vault_mount` and the engines with a resource of their own share. */

export const mountRules: Rules = {
  seal_wrap: { forceNew: true },
  external_entropy_access: { default: false, forceNew: true },
  local: { forceNew: true },
};

const lists = [
  'audit_non_hmac_request_keys',
  'audit_non_hmac_response_keys',
  'passthrough_request_headers',
  'allowed_response_headers',
  'delegated_auth_accessors',
  'allowed_managed_keys',
] as const;

const leaseTtls = (change: Change) => ({
  default_lease_ttl: `${change.number('default_lease_ttl_seconds')}s`,
  max_lease_ttl: `${change.number('max_lease_ttl_seconds')}s`,
});

export async function createMount(
  bao: OpenBao,
  change: Change,
  path: string,
  type: string,
): Promise<void> {
  const set = [...lists, 'listing_visibility', 'plugin_version'].filter((name) => change.has(name));
  await bao.post(`sys/mounts/${segment(path)}`, {
    type,
    description: change.text('description'),
    config: {
      ...leaseTtls(change),
      force_no_cache: change.orZero('force_no_cache'),
      ...Object.fromEntries(set.map((name) => [name, change.get(name)])),
    },
    local: change.orZero('local'),
    options: change.orZero('options'),
    seal_wrap: change.orZero('seal_wrap'),
    external_entropy_access: change.orZero('external_entropy_access'),
  });
}

/** Moves the mount where its path has changed, then tunes it. */
export async function updateMount(bao: OpenBao, change: Change): Promise<void> {
  const tuned = [...lists, 'description', 'listing_visibility', 'plugin_version'].filter((name) =>
    change.changes(name),
  );
  const path = change.text('path');
  if (change.changes('path')) {
    await remount(bao, change.id ?? path, path);
    change.made(path);
  }
  await bao.post(`sys/mounts/${segment(path)}/tune`, {
    ...leaseTtls(change),
    options: change.orZero('options'),
    ...Object.fromEntries(tuned.map((name) => [name, change.orZero(name)])),
  });
}

/** The server moves a mount in the background and is asked until it has done so. */
export async function remount(bao: OpenBao, from: string, to: string): Promise<void> {
  const started = await bao.post('sys/remount', { from, to });
  const migration = started?.data?.['migration_id'];
  if (typeof migration !== 'string') throw new Refused(`moving ${from} to ${to} was not begun`);
  for (;;) {
    const answer = await bao.read(`sys/remount/status/${segment(migration)}`);
    const info = answer?.data?.['migration_info'] as { status?: string } | undefined;
    if (info?.status === 'success') return;
    if (info?.status === 'failure') throw new Refused(`${from} could not be moved to ${to}`);
    await delay(100);
  }
}

/** @param kind  '' for secrets engines, 'auth/' for auth methods: both are read below sys/mounts */
export async function readMount(
  bao: OpenBao,
  path: string,
  kind: '' | 'auth/' = '',
): Promise<Answer | undefined> {
  try {
    return (await bao.read(`sys/mounts/${kind}${segment(path)}`)) ?? undefined;
  } catch (error) {
    if (error instanceof OpenBaoError && isGone(error)) return undefined;
    throw error;
  }
}

function isGone({ status, messages }: OpenBaoError): boolean {
  const sentences = ['No secret engine mount at', 'No auth engine at'];
  return status === 400 && messages.some((text) => sentences.some((each) => text.includes(each)));
}

export function foundMount(path: string, { data }: Answer): Found {
  const config = (data?.['config'] ?? {}) as Found;
  return {
    path,
    description: data?.['description'] ?? '',
    accessor: data?.['accessor'],
    local: data?.['local'],
    options: data?.['options'] ?? {},
    seal_wrap: data?.['seal_wrap'],
    external_entropy_access: data?.['external_entropy_access'],
    default_lease_ttl_seconds: config['default_lease_ttl'],
    max_lease_ttl_seconds: config['max_lease_ttl'],
    force_no_cache: config['force_no_cache'],
    listing_visibility: config['listing_visibility'] ?? '',
    identity_token_key: config['identity_token_key'] ?? '',
    ...Object.fromEntries(lists.map((name) => [name, config[name] ?? []])),
  };
}

export const mount: Row = {
  rules: { ...mountRules, type: { forceNew: true } },
  async write(bao, change) {
    if (!change.isNew) {
      await updateMount(bao, change);
      return;
    }
    const path = change.text('path');
    await createMount(bao, change, path, change.text('type'));
    change.made(path);
  },
  async read(bao, id, state) {
    const answer = await readMount(bao, id);
    if (answer === undefined) return undefined;
    return { ...foundMount(id, answer), ...kvVersion2(answer, state) };
  },
  async remove(bao, id) {
    await bao.remove(`sys/mounts/${segment(id)}`);
  },
};

/** `kv-v2` is another name for `kv` with version 2, which is how the server tells it. */
function kvVersion2({ data }: Answer, state: Values): Found {
  const options = (data?.['options'] ?? {}) as Record<string, Value>;
  const isAlias =
    state['type'] === 'kv-v2' && data?.['type'] === 'kv' && options['version'] === '2';
  if (!isAlias) return { type: data?.['type'] };
  const { version, ...others } = options;
  const configured = isMap(state['options'] ?? null) && 'version' in (state['options'] as Values);
  return { type: 'kv-v2', options: configured ? { ...others, version } : others };
}
