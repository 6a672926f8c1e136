import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { Refusal, unauthorized, wrongAddress } from './refusal.ts';
import { newId, type AccessToken, type Identity, type State } from './state.ts';
import { forget } from './routes/projects.ts';
import { isTrusted } from './trusted-ip.ts';

const claims = z.object({ identityAccessTokenId: z.string(), exp: z.number() });

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const sign = (text: string, key: string) =>
  createHmac('sha256', key).update(text).digest('base64url');

/** A new access token: a signed JSON web token whose record counts its uses. */
export function issueToken(
  state: State,
  now: number,
  token: Pick<AccessToken, 'identityId' | 'clientSecretId' | 'ttl' | 'maxTtl' | 'numUsesLimit'>,
): string {
  const id = newId();
  state.accessTokens[id] = { ...token, id, created: now, renewed: now, numUses: 0 };
  return jsonWebToken(state, state.accessTokens[id], now);
}

function jsonWebToken(
  { signingKey }: State,
  { id, identityId, clientSecretId, ttl }: AccessToken,
  now: number,
): string {
  const iat = Math.floor(now / 1000);
  const text = [
    encode({ alg: 'HS256', typ: 'JWT' }),
    encode({
      identityId,
      clientSecretId,
      identityAccessTokenId: id,
      authTokenType: 'identityAccessToken',
      iat,
      exp: iat + ttl,
    }),
  ].join('.');
  return `${text}.${sign(text, signingKey)}`;
}

/**
 * The token's record, one use later.
 *
 * @throws Refusal  401 or 403, as Infisical words it: not one of its tokens, past its life, used up, or
 *   shown from an address that is not trusted
 */
export function useToken(
  state: State,
  token: string | undefined,
  { now, source }: { readonly now: number; readonly source: string },
): { readonly token: AccessToken; readonly identity: Identity } {
  const record = readToken(state, token, now);
  const identity = state.identities[record.identityId];
  if (identity === undefined) throw unauthorized('No identity access token found');
  const trusted = state.universalAuths[identity.id]?.accessTokenTrustedIps;
  if (trusted !== undefined && !isTrusted(source, trusted)) throw wrongAddress();
  if (record.maxTtl > 0 && now > record.created + record.maxTtl * 1000) {
    throw unauthorized('Access token max TTL expired');
  }
  if (record.numUsesLimit > 0 && record.numUses >= record.numUsesLimit) {
    throw unauthorized('Access token usage limit reached');
  }
  record.numUses += 1;
  return { token: record, identity };
}

export function readToken(state: State, token: string | undefined, now: number): AccessToken {
  if (token === undefined || token === '') throw unauthorized('Token missing');
  const [header = '', payload = '', signature = ''] = token.split('.');
  const expected = Buffer.from(sign(`${header}.${payload}`, state.signingKey));
  const shown = Buffer.from(signature);
  if (shown.length !== expected.length || !timingSafeEqual(shown, expected)) {
    throw new Refusal(403, 'TokenError', 'invalid signature');
  }
  const { identityAccessTokenId, exp } = claims.parse(
    JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')),
  );
  if (now >= exp * 1000) {
    throw new Refusal(403, 'TokenError', 'Your token has expired. Please re-authenticate.');
  }
  const record = state.accessTokens[identityAccessTokenId];
  if (record === undefined) throw unauthorized('No identity access token found');
  return record;
}

/**
 * A new token of the same record, with a whole life. Near the longest life the server gives no shorter one: it
 * ends the record (identity-access-token-service.ts, renewAccessToken). The one that was shown keeps its own end.
 */
export function renewToken(state: State, token: string, now: number) {
  const record = readToken(state, token, now);
  const end = (why: string) => {
    forget(state.accessTokens, ({ id }) => id === record.id);
    return unauthorized(why);
  };
  if (record.numUsesLimit > 0 && record.numUses >= record.numUsesLimit) {
    throw end('Unable to renew because access token number of uses limit reached');
  }
  const last = record.created + record.maxTtl * 1000;
  if (record.maxTtl > 0 && now + record.ttl * 1000 > last) {
    throw end('Failed to renew MI access token past its Max TTL expiration');
  }
  record.renewed = now;
  return {
    accessToken: jsonWebToken(state, record, now),
    expiresIn: record.ttl,
    accessTokenMaxTTL: record.maxTtl,
    tokenType: 'Bearer',
  };
}
