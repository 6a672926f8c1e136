import { createHash, createSign, generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createCa, issue } from '../../../lab/pki.ts';

/**
 * A double of an OpenID provider: discovery, authorization by code with PKCE, token endpoint and keys (OpenID Connect
 * Core 1.0, 3.1; RFC 7636). Whoever comes is the person of `email`; with `email` empty it refuses.
 */
export interface OidcDouble {
  readonly issuer: string;
  readonly ca: string;
  readonly clientId: string;
  readonly clientSecret: string;
  email: string;
  readonly close: () => void;
}

interface Grant {
  readonly nonce: string;
  readonly challenge: string;
  readonly redirectUri: string;
  readonly email: string;
}

const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

export async function oidcDouble(): Promise<OidcDouble> {
  const ca = await createCa('OIDC CA');
  const leaf = await issue(ca, { commonName: 'oidc', addresses: ['127.0.0.1'] });
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const grants = new Map<string, Grant>();
  const clientId = 'backbone';
  const clientSecret = `canary-client-${randomBytes(12).toString('hex')}`;

  const idToken = ({ nonce, email }: Grant) => {
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: double.issuer,
      aud: clientId,
      sub: email,
      email,
      email_verified: true,
      nonce,
      iat: now,
      exp: now + 300,
    };
    const signed = `${base64({ alg: 'RS256', kid: 'one', typ: 'JWT' })}.${base64(claims)}`;
    return `${signed}.${createSign('RSA-SHA256').update(signed).sign(privateKey, 'base64url')}`;
  };

  const redeem = (form: URLSearchParams) => {
    const grant = grants.get(form.get('code') ?? '');
    const verifier = form.get('code_verifier') ?? '';
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    if (grant?.challenge !== challenge || grant.redirectUri !== form.get('redirect_uri')) {
      return undefined;
    }
    grants.delete(form.get('code') ?? '');
    return {
      access_token: randomBytes(16).toString('hex'),
      token_type: 'Bearer',
      expires_in: 300,
      id_token: idToken(grant),
    };
  };

  const server = createServer(
    { cert: leaf.certificate, key: leaf.privateKey },
    (request, response) => {
      const url = new URL(request.url ?? '/', double.issuer);
      const json = (value: unknown, status = 200) =>
        response
          .writeHead(status, { 'Content-Type': 'application/json' })
          .end(JSON.stringify(value));
      if (url.pathname === '/.well-known/openid-configuration') {
        json({
          issuer: double.issuer,
          authorization_endpoint: `${double.issuer}/authorize`,
          token_endpoint: `${double.issuer}/token`,
          jwks_uri: `${double.issuer}/keys`,
          response_types_supported: ['code'],
          subject_types_supported: ['public'],
          id_token_signing_alg_values_supported: ['RS256'],
        });
      } else if (url.pathname === '/keys') {
        json({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'one', use: 'sig' }] });
      } else if (url.pathname === '/authorize') {
        const asked = url.searchParams;
        const back = new URL(asked.get('redirect_uri') ?? '');
        back.searchParams.set('state', asked.get('state') ?? '');
        if (double.email === '') back.searchParams.set('error', 'access_denied');
        else {
          const code = randomBytes(16).toString('hex');
          grants.set(code, {
            nonce: asked.get('nonce') ?? '',
            challenge: asked.get('code_challenge') ?? '',
            redirectUri: asked.get('redirect_uri') ?? '',
            email: double.email,
          });
          back.searchParams.set('code', code);
        }
        response.writeHead(302, { Location: back.toString() }).end();
      } else if (url.pathname === '/token') {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.once('end', () => {
          const tokens = redeem(new URLSearchParams(Buffer.concat(chunks).toString()));
          json(tokens ?? { error: 'invalid_grant' }, tokens === undefined ? 400 : 200);
        });
      } else json({}, 404);
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const double: OidcDouble = {
    issuer: `https://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    ca: ca.certificate,
    clientId,
    clientSecret,
    email: 'alice@example.net',
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
  return double;
}
