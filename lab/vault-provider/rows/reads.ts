import { goJson } from '../../provider-protocol/go-json.ts';
import { trimSlashes } from '../endpoint.ts';
import { segment, type Data, type OpenBao } from '../openbao.ts';
import { Refused, type Found } from '../row.ts';
import type { Values } from '../../provider-protocol/value.ts';
import { secretPath, texts } from './kv.ts';
import { readMount } from './mount.ts';

const text = (config: Values, name: string): string => {
  const value = config[name];
  return typeof value === 'string' ? value : '';
};

export async function approleRoleId(bao: OpenBao, config: Values): Promise<Found> {
  const backend = trimSlashes(text(config, 'backend') || 'approle');
  const id = `auth/${backend}/role/${trimSlashes(text(config, 'role_name'))}/role-id`;
  const answer = await bao.read(segment(id));
  if (answer === null) throw new Refused(`no AppRole at ${id}`);
  return { id, backend, role_id: answer.data?.['role_id'] };
}

export async function authBackendData(bao: OpenBao, config: Values): Promise<Found> {
  const path = text(config, 'path');
  const answer = await readMount(bao, path, 'auth/');
  if (answer === undefined) throw new Refused(`no auth method at ${path}`);
  const { type, description, accessor, local } = answer.data ?? {};
  const tune = (answer.data?.['config'] ?? {}) as Found;
  return {
    id: path.replace(/\/$/, ''),
    ...{ type, description, accessor, local },
    default_lease_ttl_seconds: tune['default_lease_ttl'],
    max_lease_ttl_seconds: tune['max_lease_ttl'],
    listing_visibility: tune['listing_visibility'] ?? '',
  };
}

/** The data source: its values stand in the state. The ephemeral resource of the same name avoids that. */
export async function kvSecretData(bao: OpenBao, config: Values): Promise<Found> {
  const { path, data, metadata } = await readSecret(bao, config);
  const { created_time, deletion_time, destroyed, version, custom_metadata } = metadata;
  return {
    id: path,
    path,
    data_json: goJson(data ?? null),
    data: texts(data ?? {}),
    ...{ created_time, deletion_time, destroyed, version },
    custom_metadata: custom_metadata ? texts(custom_metadata as Found) : null,
  };
}

export async function kvSecretEphemeral(bao: OpenBao, config: Values): Promise<Found> {
  const { path, data, metadata } = await readSecret(bao, config);
  const { created_time, deletion_time, destroyed, custom_metadata } = metadata;
  if (Object.values(data ?? {}).some((value) => typeof value !== 'string')) {
    throw new Refused(
      `a field of ${path} is no text, and the real provider takes nothing else here; store it as text`,
    );
  }
  return {
    data: data === null ? null : texts(data),
    // The real provider 5.6.0 says this of every secret; who relies on more would miss it there.
    data_json: '{}',
    ...{ created_time, deletion_time, destroyed, custom_metadata },
  };
}

async function readSecret(bao: OpenBao, config: Values) {
  const path = secretPath(text(config, 'mount'), 'data', text(config, 'name'));
  const version = config['version'];
  const query: Record<string, string> =
    typeof version === 'number' ? { version: String(version) } : {};
  const answer = await bao.read(segment(path), query);
  if (answer === null) throw new Refused(`no secret at ${path}`);
  return {
    path,
    data: (answer.data?.['data'] ?? null) as Data | null,
    metadata: (answer.data?.['metadata'] ?? {}) as Found,
  };
}

/** Mints; there is nothing to give back, as STS sessions cannot be revoked. */
export async function awsAccessCredentials(bao: OpenBao, config: Values): Promise<Found> {
  const type = text(config, 'type') || 'creds';
  const path = segment(`${text(config, 'mount')}/${type}/${text(config, 'role')}`);
  const parameters = Object.fromEntries(
    ['role_arn', 'ttl', 'region']
      .filter((name) => text(config, name) !== '')
      .map((name) => [name, text(config, name)]),
  );
  const answer =
    type === 'sts' ? await bao.write(path, parameters) : await bao.read(path, parameters);
  if (answer === null) throw new Refused(`no credentials at ${path}`);
  const { access_key, secret_key, security_token } = answer.data ?? {};
  return {
    ...{ type, access_key, secret_key, security_token: security_token ?? '' },
    lease_id: answer.lease_id,
    lease_duration: answer.lease_duration,
    lease_renewable: answer.renewable,
    lease_start_time: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
  };
}
