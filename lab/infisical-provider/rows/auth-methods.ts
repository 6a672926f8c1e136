import { isList, isMap, type Values } from '../../provider-protocol/value.ts';
import { inside, type Json } from '../api.ts';
import { number, text, type Row } from '../row.ts';

const networks = (values: Values, name: string) => {
  const list = values[name] ?? null;
  return (isList(list) ? list.filter(isMap) : []).map((entry) => ({
    ipAddress: text(entry, 'ip_address'),
  }));
};

/** The server tells address and prefix apart. */
function networksFound(raw: unknown) {
  return (raw as readonly { readonly ipAddress: string; readonly prefix?: number }[]).map(
    ({ ipAddress, prefix }) => ({
      ip_address: prefix === undefined ? ipAddress : `${ipAddress}/${String(prefix)}`,
    }),
  );
}

/** Zero and empty are left out of the request, on creation and in a change. */
function sent(body: Readonly<Record<string, unknown>>): Json {
  return Object.fromEntries(
    Object.entries(body).filter(
      ([, value]) => value !== 0 && !(Array.isArray(value) && value.length === 0),
    ),
  );
}

const limits = (values: Values) => ({
  accessTokenTTL: number(values, 'access_token_ttl'),
  accessTokenMaxTTL: number(values, 'access_token_max_ttl'),
  accessTokenNumUsesLimit: number(values, 'access_token_num_uses_limit'),
  accessTokenTrustedIps: networks(values, 'access_token_trusted_ips'),
});

const limitsFound = (auth: Json) => ({
  access_token_ttl: auth['accessTokenTTL'],
  access_token_max_ttl: auth['accessTokenMaxTTL'],
  access_token_num_uses_limit: auth['accessTokenNumUsesLimit'],
  access_token_trusted_ips: networksFound(auth['accessTokenTrustedIps']),
});

const universalPath = (values: Values) =>
  `v1/auth/universal-auth/identities/${text(values, 'identity_id')}`;

const universalBody = (values: Values) =>
  sent({
    ...limits(values),
    clientSecretTrustedIps: networks(values, 'client_secret_trusted_ips'),
  });

function universalFound(answer: Json) {
  const auth = inside(answer, 'identityUniversalAuth');
  return {
    ...limitsFound(auth),
    client_secret_trusted_ips: networksFound(auth['clientSecretTrustedIps']),
  };
}

export const universalAuth: Row = {
  rules: { id: { keep: true }, identity_id: { forceNew: true } },
  async create(api, planned) {
    const answer = await api.call('POST', universalPath(planned), universalBody(planned));
    return { ...universalFound(answer), id: inside(answer, 'identityUniversalAuth')['id'] };
  },
  async read(api, state) {
    const answer = await api.find(universalPath(state));
    return answer === undefined ? undefined : universalFound(answer);
  },
  async update(api, planned) {
    return universalFound(await api.call('PATCH', universalPath(planned), universalBody(planned)));
  },
  async remove(api, state) {
    await api.call('DELETE', universalPath(state));
  },
};

const oidcPath = (values: Values) => `v1/auth/oidc-auth/identities/${text(values, 'identity_id')}`;

const map = (values: Values, name: string) => {
  const value = values[name] ?? null;
  return isMap(value) ? value : {};
};

function oidcBody(values: Values): Json {
  const audiences = values['bound_audiences'] ?? null;
  return {
    ...sent(limits(values)),
    oidcDiscoveryUrl: text(values, 'oidc_discovery_url'),
    boundIssuer: text(values, 'bound_issuer'),
    boundAudiences: (isList(audiences) ? audiences : []).map(String).join(','),
    boundSubject: text(values, 'bound_subject'),
    boundClaims: map(values, 'bound_claims'),
    claimMetadataMapping: map(values, 'claim_metadata_mapping'),
    caCert: text(values, 'oidc_ca_certificate'),
  };
}

function oidcFound(answer: Json) {
  const auth = inside(answer, 'identityOidcAuth');
  const audiences = String(auth['boundAudiences'])
    .split(',')
    .map((audience) => audience.trim())
    .filter((audience) => audience !== '');
  return {
    ...limitsFound(auth),
    oidc_discovery_url: auth['oidcDiscoveryUrl'],
    bound_issuer: auth['boundIssuer'],
    bound_audiences: audiences,
    bound_subject: auth['boundSubject'],
    bound_claims: auth['boundClaims'],
    claim_metadata_mapping: auth['claimMetadataMapping'],
    oidc_ca_certificate: auth['caCert'],
  };
}

const kept = { keep: true } as const;

export const oidcAuth: Row = {
  rules: {
    id: kept,
    identity_id: { forceNew: true },
    bound_audiences: kept,
    bound_claims: kept,
    claim_metadata_mapping: kept,
    bound_subject: kept,
    oidc_ca_certificate: kept,
    access_token_trusted_ips: kept,
    access_token_ttl: kept,
    access_token_max_ttl: kept,
    access_token_num_uses_limit: kept,
  },
  async create(api, planned) {
    const answer = await api.call('POST', oidcPath(planned), oidcBody(planned));
    return { ...oidcFound(answer), id: inside(answer, 'identityOidcAuth')['id'] };
  },
  async read(api, state) {
    const answer = await api.find(oidcPath(state));
    return answer === undefined ? undefined : oidcFound(answer);
  },
  async update(api, planned) {
    return oidcFound(await api.call('PATCH', oidcPath(planned), oidcBody(planned)));
  },
  async remove(api, state) {
    await api.call('DELETE', oidcPath(state));
  },
};
