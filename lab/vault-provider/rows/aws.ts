import { endpoint } from '../endpoint.ts';
import { goJson } from '../../provider-protocol/go-json.ts';
import { segment } from '../openbao.ts';
import { Refused, type Change, type Row } from '../row.ts';
import { authPathRule } from './auth-backend.ts';
import { jsonProblem } from './kv.ts';
import { createMount, foundMount, mountRules, readMount, updateMount } from './mount.ts';

const endpoints = ['iam_endpoint', 'sts_endpoint', 'username_template'] as const;
const stsFields = ['sts_fallback_endpoints', 'sts_fallback_regions', 'sts_region'] as const;

/** Changes of these are written to config/root; a change of the others only to the mount. */
const rootFields = [
  ...['access_key', 'secret_key', 'region', 'iam_endpoint', 'sts_endpoint', 'max_retries'],
  ...stsFields,
];

/** The AWS secrets engine: a mount and its `config/root`. */
export const awsSecretBackend: Row = {
  rules: {
    ...mountRules,
    path: { ...authPathRule, default: 'aws' },
    local: { default: false, forceNew: true },
    max_retries: { default: -1 },
    disable_remount: { default: false },
  },
  validate(config) {
    const path = config['path'];
    return typeof path === 'string' && path.endsWith('/')
      ? 'the path ends with a slash'
      : undefined;
  },
  async write(bao, change) {
    const path = change.text('path');
    if (change.isNew) {
      await createMount(bao, change, path, 'aws');
      change.made(path);
    } else {
      await updateMount(bao, change);
      if (!change.changes(...rootFields)) return;
    }
    await bao.write(`${segment(path)}/config/root`, rootConfig(change));
  },
  async read(bao, id) {
    const root = (await bao.read(`${segment(id)}/config/root`))?.data ?? {};
    const mount = await readMount(bao, id);
    if (mount === undefined) return undefined;
    const told = ['access_key', ...endpoints, ...stsFields, 'max_retries'].filter(
      (name) => name in root,
    );
    return {
      ...foundMount(id, mount),
      ...Object.fromEntries(told.map((name) => [name, root[name]])),
      // The engine says "" for its default; the real provider has always written the default out.
      region: root['region'] === undefined || root['region'] === '' ? 'us-east-1' : root['region'],
    };
  },
  async remove(bao, id) {
    await bao.remove(`sys/mounts/${segment(id)}`);
  },
};

function rootConfig(change: Change) {
  const set = [...endpoints, ...stsFields, 'region'].filter((name) => change.has(name));
  return {
    access_key: change.text('access_key'),
    secret_key: change.text('secret_key'),
    max_retries: change.orZero('max_retries'),
    ...Object.fromEntries(set.map((name) => [name, change.get(name)])),
  };
}

const anyOf = ['policy_document', 'policy_arns', 'role_arns', 'iam_groups'] as const;

export const awsSecretBackendRole = endpoint({
  id: '{backend}/roles/{name}',
  rules: {
    name: { forceNew: true },
    backend: { forceNew: true },
    role_arns: { forceNew: true },
    policy_document: { same: sameJson },
  },
  validate: (config) => jsonProblem('policy_document', config['policy_document'] ?? null),
  check(change) {
    if (!anyOf.some((name) => change.has(name))) {
      throw new Refused(`one of ${anyOf.join(', ')} is needed`);
    }
    const type = change.text('credential_type');
    const sts = type === 'assumed_role' || type === 'federation_token';
    for (const name of sts
      ? ['permissions_boundary_arn', 'user_path']
      : ['default_sts_ttl', 'max_sts_ttl']) {
      if (change.has(name)) throw new Refused(`${name} does not go with credential_type ${type}`);
    }
  },
  send: {
    credential_type: 'always',
    policy_document: 'changed',
    policy_arns: 'changed',
    role_arns: 'changed',
    iam_groups: 'changed',
    iam_tags: 'changed',
    session_tags: 'changed',
    external_id: 'changed',
    permissions_boundary_arn: 'changed',
    user_path: 'changed',
    mfa_serial_number: 'changed',
    default_sts_ttl: 'set',
    max_sts_ttl: 'set',
  },
  encode: { default_sts_ttl: String, max_sts_ttl: String },
  read: ['credential_type', 'role_arns'],
  readIfPresent: [
    ...['policy_document', 'policy_arns', 'default_sts_ttl', 'max_sts_ttl', 'iam_groups'],
    ...['iam_tags', 'session_tags', 'external_id', 'permissions_boundary_arn', 'user_path'],
    'mfa_serial_number',
  ],
});

function sameJson(prior: string, next: string): boolean {
  try {
    return goJson(JSON.parse(prior)) === goJson(JSON.parse(next));
  } catch {
    return false;
  }
}
