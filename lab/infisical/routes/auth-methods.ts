import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { bodyOf, isoTime, parameter, type Call, type Route } from '../call.ts';
import { badRequest, notFound } from '../refusal.ts';
import { newId, type ClientSecret, type OidcAuth, type UniversalAuth } from '../state.ts';
import { parseTrustedIps, trustedIpsSchema } from '../trusted-ip.ts';
import { identityById } from './identities.ts';
import { hashOf } from './login.ts';
import { forget } from './projects.ts';

const anywhere = [{ ipAddress: '0.0.0.0/0' }, { ipAddress: '::/0' }];
/** The server's defaults: 30 days, and no limit of uses. */
const month = 2_592_000;

const limits = {
  accessTokenTTL: z.number().int().min(0).max(315_360_000),
  accessTokenMaxTTL: z.number().int().min(0).max(315_360_000),
  accessTokenNumUsesLimit: z.number().int().min(0),
  accessTokenTrustedIps: trustedIpsSchema,
};

function checkLives(auth: Pick<UniversalAuth, 'accessTokenTTL' | 'accessTokenMaxTTL'>): void {
  if (auth.accessTokenMaxTTL > 0 && auth.accessTokenTTL > auth.accessTokenMaxTTL) {
    throw badRequest('Access token TTL cannot be greater than max TTL');
  }
}

const universalFields = z.object({ ...limits, clientSecretTrustedIps: trustedIpsSchema }).partial();

function universalShown(auth: UniversalAuth, identityId: string) {
  const shown: Partial<UniversalAuth> = { ...auth };
  delete shown.failures;
  delete shown.lockedUntil;
  return { identityUniversalAuth: { ...shown, identityId } };
}

/** @throws Refusal  404 */
function universalOf({ state }: Call, identityId: string): UniversalAuth {
  const found = state.universalAuths[identityId];
  if (found === undefined) {
    throw notFound(`The identity with ID ${identityId} does not have universal auth attached`);
  }
  return found;
}

function attachUniversal(call: Call) {
  const { id: identityId } = identityById(call.state, parameter(call, 'identityId'));
  if (call.state.universalAuths[identityId] !== undefined) {
    throw badRequest('Failed to add universal auth to already configured identity');
  }
  const given = bodyOf(call, universalFields);
  const at = isoTime(call.now);
  const auth: UniversalAuth = {
    id: newId(),
    clientId: newId(),
    accessTokenTTL: given.accessTokenTTL ?? month,
    accessTokenMaxTTL: given.accessTokenMaxTTL ?? month,
    accessTokenNumUsesLimit: given.accessTokenNumUsesLimit ?? 0,
    clientSecretTrustedIps: parseTrustedIps(given.clientSecretTrustedIps ?? anywhere, call.place),
    accessTokenTrustedIps: parseTrustedIps(given.accessTokenTrustedIps ?? anywhere, call.place),
    createdAt: at,
    updatedAt: at,
    failures: 0,
    lockedUntil: 0,
  };
  checkLives(auth);
  call.state.universalAuths[identityId] = auth;
  return universalShown(auth, identityId);
}

function updateUniversal(call: Call) {
  const identityId = parameter(call, 'identityId');
  const auth = universalOf(call, identityId);
  const { clientSecretTrustedIps, accessTokenTrustedIps, ...given } = bodyOf(call, universalFields);
  const changed: UniversalAuth = { ...auth, ...set(given), updatedAt: isoTime(call.now) };
  if (clientSecretTrustedIps !== undefined) {
    changed.clientSecretTrustedIps = parseTrustedIps(clientSecretTrustedIps, call.place);
  }
  if (accessTokenTrustedIps !== undefined) {
    changed.accessTokenTrustedIps = parseTrustedIps(accessTokenTrustedIps, call.place);
  }
  checkLives(changed);
  call.state.universalAuths[identityId] = changed;
  return universalShown(changed, identityId);
}

/** Without what was not sent: it stays. */
function set<T extends object>(given: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

function secretShown(secret: ClientSecret, auth: UniversalAuth) {
  const at = isoTime(secret.created);
  return {
    id: secret.id,
    createdAt: at,
    updatedAt: at,
    description: secret.description,
    clientSecretPrefix: secret.prefix,
    clientSecretNumUses: secret.numUses,
    clientSecretNumUsesLimit: secret.numUsesLimit,
    clientSecretTTL: secret.ttl,
    identityUAId: auth.id,
    isClientSecretRevoked: secret.isRevoked,
  };
}

function mint(call: Call) {
  const identityId = parameter(call, 'identityId');
  const auth = universalOf(call, identityId);
  const given = bodyOf(
    call,
    z.object({
      description: z.string().default(''),
      numUsesLimit: z.number().int().min(0).default(0),
      ttl: z.number().int().min(0).max(315_360_000).default(0),
    }),
  );
  const clientSecret = randomBytes(32).toString('hex');
  const secret: ClientSecret = {
    id: newId(),
    identityId,
    hash: hashOf(clientSecret),
    prefix: clientSecret.slice(0, 4),
    description: given.description,
    ttl: given.ttl,
    numUses: 0,
    numUsesLimit: given.numUsesLimit,
    isRevoked: false,
    created: call.now,
  };
  call.state.clientSecrets[secret.id] = secret;
  return { clientSecret, clientSecretData: secretShown(secret, auth) };
}

function secretOf(call: Call): ClientSecret {
  const found = call.state.clientSecrets[parameter(call, 'secretId')];
  if (found?.identityId !== parameter(call, 'identityId')) {
    throw notFound(`Client secret with ID '${parameter(call, 'secretId')}' not found`);
  }
  return found;
}

const oidcFields = z
  .object({
    ...limits,
    oidcDiscoveryUrl: z.url(),
    boundIssuer: z.string().min(1),
    boundAudiences: z.string(),
    boundSubject: z.string(),
    boundClaims: z.record(z.string(), z.string()),
    claimMetadataMapping: z.record(z.string(), z.string()),
    caCert: z.string(),
  })
  .partial();

function oidcOf({ state }: Call, identityId: string): OidcAuth {
  const found = state.oidcAuths[identityId];
  if (found === undefined) {
    throw notFound(`The identity with ID ${identityId} does not have OIDC Auth attached`);
  }
  return found;
}

const oidcShown = (auth: OidcAuth, identityId: string) => ({
  identityOidcAuth: { ...auth, identityId },
});

function attachOidc(call: Call) {
  const { id: identityId } = identityById(call.state, parameter(call, 'identityId'));
  if (call.state.oidcAuths[identityId] !== undefined) {
    throw badRequest('Failed to add OIDC Auth to already configured identity');
  }
  const given = bodyOf(call, oidcFields.required({ oidcDiscoveryUrl: true, boundIssuer: true }));
  const at = isoTime(call.now);
  const auth: OidcAuth = {
    boundAudiences: '',
    boundSubject: '',
    boundClaims: {},
    claimMetadataMapping: {},
    caCert: '',
    accessTokenTTL: month,
    accessTokenMaxTTL: month,
    accessTokenNumUsesLimit: 0,
    ...set(given),
    id: newId(),
    accessTokenTrustedIps: parseTrustedIps(given.accessTokenTrustedIps ?? anywhere, call.place),
    createdAt: at,
    updatedAt: at,
  };
  checkLives(auth);
  call.state.oidcAuths[identityId] = auth;
  return oidcShown(auth, identityId);
}

function updateOidc(call: Call) {
  const identityId = parameter(call, 'identityId');
  const auth = oidcOf(call, identityId);
  const { accessTokenTrustedIps, ...given } = bodyOf(call, oidcFields);
  Object.assign(auth, given, { updatedAt: isoTime(call.now) });
  if (accessTokenTrustedIps !== undefined) {
    auth.accessTokenTrustedIps = parseTrustedIps(accessTokenTrustedIps, call.place);
  }
  checkLives(auth);
  return oidcShown(auth, identityId);
}

const universal = 'v1/auth/universal-auth/identities/:identityId';
const oidc = 'v1/auth/oidc-auth/identities/:identityId';
const who = 'administrator' as const;

export const authMethodRoutes: readonly Route[] = [
  { method: 'POST', path: universal, who, answer: attachUniversal },
  { method: 'PATCH', path: universal, who, answer: updateUniversal },
  {
    method: 'GET',
    path: universal,
    who,
    answer(call) {
      const identityId = parameter(call, 'identityId');
      return universalShown(universalOf(call, identityId), identityId);
    },
  },
  {
    method: 'DELETE',
    path: universal,
    who,
    answer(call) {
      const identityId = parameter(call, 'identityId');
      const auth = universalOf(call, identityId);
      forget(call.state.universalAuths, (one) => one === auth);
      forget(call.state.clientSecrets, (one) => one.identityId === identityId);
      return universalShown(auth, identityId);
    },
  },
  { method: 'POST', path: `${universal}/client-secrets`, who, answer: mint },
  {
    method: 'GET',
    path: `${universal}/client-secrets`,
    who,
    answer(call) {
      const identityId = parameter(call, 'identityId');
      const auth = universalOf(call, identityId);
      return {
        clientSecretData: Object.values(call.state.clientSecrets)
          .filter((one) => one.identityId === identityId && !one.isRevoked)
          .map((one) => secretShown(one, auth)),
      };
    },
  },
  {
    method: 'GET',
    path: `${universal}/client-secrets/:secretId`,
    who,
    answer: (call) => ({
      clientSecretData: secretShown(
        secretOf(call),
        universalOf(call, parameter(call, 'identityId')),
      ),
    }),
  },
  {
    method: 'POST',
    path: `${universal}/client-secrets/:secretId/revoke`,
    who,
    answer(call) {
      const secret = secretOf(call);
      secret.isRevoked = true;
      return {
        clientSecretData: secretShown(secret, universalOf(call, parameter(call, 'identityId'))),
      };
    },
  },
  { method: 'POST', path: oidc, who, answer: attachOidc },
  { method: 'PATCH', path: oidc, who, answer: updateOidc },
  {
    method: 'GET',
    path: oidc,
    who,
    answer(call) {
      const identityId = parameter(call, 'identityId');
      return oidcShown(oidcOf(call, identityId), identityId);
    },
  },
  {
    method: 'DELETE',
    path: oidc,
    who,
    answer(call) {
      const identityId = parameter(call, 'identityId');
      const auth = oidcOf(call, identityId);
      forget(call.state.oidcAuths, (one) => one === auth);
      return oidcShown(auth, identityId);
    },
  },
];
