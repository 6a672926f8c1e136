import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { SignJWT, type JWTPayload } from 'jose';
import { createCa, issue } from '../../lab/pki.ts';

/**
 * A double of the issuer of GitHub Actions and of what a runner asks it by: discovery, keys, and the token of a job
 * for an audience (GitHub documentation, "OpenID Connect reference").
 */
export interface ActionsDouble {
  readonly issuer: string;
  readonly ca: string;
  /** As the runner has them in its environment. */
  readonly runner: { readonly url: string; readonly token: string };
  /** What the next token says, beside issuer, audience and times. */
  claims: JWTPayload;
  readonly sign: (claims: JWTPayload, by?: 'its key' | 'another key') => Promise<string>;
  readonly close: () => void;
}

export async function actionsDouble(): Promise<ActionsDouble> {
  const ca = await createCa('Actions CA');
  const leaf = await issue(ca, { commonName: 'actions', addresses: ['127.0.0.1'] });
  const pair = () => generateKeyPairSync('rsa', { modulusLength: 2048 });
  const [own, other] = [pair(), pair()];
  const token = 'canary-of-the-job';
  const server = createServer(
    { cert: leaf.certificate, key: leaf.privateKey },
    (request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '/', double.issuer);
      const json = (value: unknown, status = 200) =>
        response
          .writeHead(status, { 'Content-Type': 'application/json' })
          .end(JSON.stringify(value));
      if (pathname === '/.well-known/openid-configuration') {
        json({
          issuer: double.issuer,
          jwks_uri: `${double.issuer}/.well-known/jwks`,
          response_types_supported: ['id_token'],
          subject_types_supported: ['public'],
          id_token_signing_alg_values_supported: ['RS256'],
        });
      } else if (pathname === '/.well-known/jwks') {
        json({ keys: [{ ...own.publicKey.export({ format: 'jwk' }), kid: 'one', use: 'sig' }] });
      } else if (pathname === '/token' && request.headers.authorization === `Bearer ${token}`) {
        const aud = searchParams.get('audience') ?? 'https://github.com/acme';
        void double.sign({ ...double.claims, aud }).then((value) => json({ count: 1, value }));
      } else json({ message: 'no' }, 401);
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `https://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const double: ActionsDouble = {
    issuer,
    ca: ca.certificate,
    runner: { url: `${issuer}/token?api-version=2.0`, token },
    claims: {},
    sign: (claims, by = 'its key') => {
      const now = Math.floor(Date.now() / 1000);
      return new SignJWT({ iss: issuer, iat: now, nbf: now - 5, exp: now + 300, ...claims })
        .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: 'one' })
        .sign(by === 'its key' ? own.privateKey : other.privateKey);
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
  return double;
}
