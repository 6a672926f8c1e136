import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { issueToken, readToken, renewToken } from '../access-token.ts';
import { bodyOf, type Call, type Route } from '../call.ts';
import { notFound, unauthorized, wrongAddress } from '../refusal.ts';
import type { ClientSecret, UniversalAuth } from '../state.ts';
import { isTrusted } from '../trusted-ip.ts';
import { forget } from './projects.ts';

/** Infisical's defaults of the lockout. */
const lockout = { threshold: 3, durationMs: 300_000 };

export const hashOf = (secret: string) => createHash('sha256').update(secret).digest('hex');

/** The steps in the server's own order (identity-ua-service.ts, login). */
function login(call: Call) {
  const { state, now, source } = call;
  const given = bodyOf(call, z.object({ clientId: z.string(), clientSecret: z.string() }));
  const found = Object.entries(state.universalAuths).find(
    ([, { clientId }]) => clientId === given.clientId,
  );
  if (found === undefined) throw unauthorized('Invalid credentials');
  const [identityId, auth] = found;
  if (!isTrusted(source, auth.clientSecretTrustedIps)) throw wrongAddress();
  if (now < auth.lockedUntil) {
    throw unauthorized('This identity auth method is temporarily locked, please try again later');
  }
  const secret = Object.values(state.clientSecrets).find(
    (one) => one.identityId === identityId && !one.isRevoked && matches(one, given.clientSecret),
  );
  if (secret === undefined) throw failed(auth, now);
  auth.failures = 0;
  if (secret.ttl > 0 && now > secret.created + secret.ttl * 1000) {
    secret.isRevoked = true;
    throw unauthorized('Access denied due to expired client secret');
  }
  if (secret.numUsesLimit > 0 && secret.numUses >= secret.numUsesLimit) {
    secret.isRevoked = true;
    throw unauthorized('Access denied due to client secret usage limit reached');
  }
  secret.numUses += 1;
  return {
    accessToken: issueToken(state, now, {
      identityId,
      clientSecretId: secret.id,
      ttl: auth.accessTokenTTL,
      maxTtl: auth.accessTokenMaxTTL,
      numUsesLimit: auth.accessTokenNumUsesLimit,
    }),
    expiresIn: auth.accessTokenTTL,
    accessTokenMaxTTL: auth.accessTokenMaxTTL,
    tokenType: 'Bearer',
  };
}

function matches({ hash }: ClientSecret, given: string): boolean {
  return timingSafeEqual(Buffer.from(hash), Buffer.from(hashOf(given)));
}

/** Too many of them lock the method for all client secrets of the identity, good ones too. */
function failed(auth: UniversalAuth, now: number) {
  auth.failures += 1;
  if (auth.failures >= lockout.threshold) {
    auth.lockedUntil = now + lockout.durationMs;
    auth.failures = 0;
  }
  return unauthorized('Invalid credentials');
}

/** Header of a JSON web token; undefined for what is none. */
function headerOf(token: string): { readonly kid?: string | undefined } | undefined {
  try {
    const [header = ''] = token.split('.');
    return z
      .object({ kid: z.string().optional() })
      .parse(JSON.parse(Buffer.from(header, 'base64url').toString('utf8')));
  } catch {
    return undefined;
  }
}

/**
 * Refuses, in the server's own words (identity-oidc-auth-service.ts, login): the keys of an issuer cannot be had
 * here, so no token is signed by one of them.
 */
function loginByOidc(call: Call) {
  const given = bodyOf(call, z.object({ identityId: z.string(), jwt: z.string() }));
  if (call.state.oidcAuths[given.identityId] === undefined) {
    throw notFound('OIDC auth method not found for identity, did you configure OIDC auth?');
  }
  const header = headerOf(given.jwt);
  if (header === undefined) throw unauthorized('Invalid JWT');
  throw unauthorized(
    header.kid === undefined
      ? 'Access denied: Unable to verify JWT signature with any available signing key. invalid signature'
      : `Access denied: Unable to verify JWT signature. The signing key '${header.kid}' was not found in the ` +
          "OIDC provider's JWKS endpoint. This may indicate an invalid token or misconfigured OIDC provider.",
  );
}

const tokenBody = z.object({ accessToken: z.string() });

export const loginRoutes: readonly Route[] = [
  { method: 'POST', path: 'v1/auth/universal-auth/login', who: 'nobody', answer: login },
  { method: 'POST', path: 'v1/auth/oidc-auth/login', who: 'nobody', answer: loginByOidc },
  {
    method: 'POST',
    path: 'v1/auth/token/renew',
    who: 'nobody',
    answer: (call) => renewToken(call.state, bodyOf(call, tokenBody).accessToken, call.now),
  },
  {
    method: 'POST',
    path: 'v1/auth/token/revoke',
    who: 'nobody',
    answer(call) {
      const { id } = readToken(call.state, bodyOf(call, tokenBody).accessToken, call.now);
      forget(call.state.accessTokens, (token) => token.id === id);
      return { message: 'Successfully revoked access token' };
    },
  },
];
