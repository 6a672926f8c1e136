import { segment } from '../openbao.ts';
import { Refused, type Row } from '../row.ts';
import {
  isMap,
  isZero,
  mapValues,
  type Value,
  type Values,
} from '../../provider-protocol/value.ts';
import {
  authPathRule,
  enableAuth,
  firstTune,
  moveAuth,
  readTune,
  writeTune,
} from './auth-backend.ts';
import { readMount } from './mount.ts';

const settings = [
  'oidc_discovery_url',
  'oidc_discovery_ca_pem',
  'oidc_client_id',
  'oidc_client_secret',
  'oidc_response_mode',
  'oidc_response_types',
  'jwks_url',
  'jwks_ca_pem',
  'jwks_pairs',
  'jwt_validation_pubkeys',
  'bound_issuer',
  'jwt_supported_algs',
  'default_role',
  'provider_config',
  'namespace_in_state',
] as const;

const sources = [
  'oidc_discovery_url',
  'jwks_url',
  'jwt_validation_pubkeys',
  'provider_config',
  'jwks_pairs',
] as const;

export const jwtBackend: Row = {
  rules: {
    path: { ...authPathRule, same: undefined, default: 'jwt' },
    type: { default: 'jwt', forceNew: true },
    local: { default: false, forceNew: true },
    namespace_in_state: { default: true },
    disable_remount: { default: false },
  },
  validate(config: Values) {
    if (sources.some((name) => !isZero(config[name] ?? null))) return undefined;
    return `one of ${sources.join(', ')} is needed`;
  },
  async write(bao, change) {
    let path = change.text('path');
    if (change.isNew) await enableAuth(bao, change, path);
    else path = await moveAuth(bao, change);
    const sent = settings.filter((name) => change.get(name) !== null || change.changes(name));
    await bao.write(`auth/${segment(path)}/config`, {
      ...Object.fromEntries(sent.map((name) => [name, change.orZero(name)])),
      ...(sent.includes('provider_config')
        ? { provider_config: providerConfig(change.orZero('provider_config')) }
        : {}),
    });
    const tune = firstTune(change.get('tune'));
    if (tune !== undefined && change.changes('tune')) await writeTune(bao, path, tune);
  },
  async read(bao, id, state) {
    const mount = await readMount(bao, id, 'auth/');
    if (mount === undefined) return undefined;
    const config = await bao.read(`auth/${segment(id)}/config`);
    if (config === null) return undefined;
    const { type, local, accessor } = mount.data ?? {};
    // The server never tells the client secret; the one that was applied last is taken as its value.
    const told = settings.filter((name) => name !== 'oidc_client_secret');
    return {
      path: id,
      type,
      local,
      accessor,
      ...Object.fromEntries(told.map((name) => [name, config.data?.[name]])),
      ...(await readTune(bao, id, state)),
    };
  },
  async remove(bao, id) {
    await bao.remove(`sys/auth/${segment(id)}`);
  },
};

/** Terraform's map has texts only; the server wants some of them as what they are. */
function providerConfig(value: Value): unknown {
  if (!isMap(value)) return {};
  return mapValues(value, (item, name) => {
    if (typeof item !== 'string') return item;
    if (name === 'fetch_groups' || name === 'fetch_user_info') {
      if (item !== 'true' && item !== 'false')
        throw new Refused(`${name} is neither true nor false`);
      return item === 'true';
    }
    return name === 'groups_recurse_max_depth' ? Number(item) : item;
  });
}
