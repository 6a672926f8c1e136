import { createPublicKey, verify } from 'node:crypto';
import { z } from 'zod';
import { notFound, Refusal } from './refusal.ts';

const header = z.object({ alg: z.string() });
const claims = z.object({ iat: z.unknown(), exp: z.unknown(), iss: z.unknown() });

/** The longest life of an App's token, in seconds. */
const longest = 600;
/** By how much the clock of an App may be ahead, in seconds. */
const drift = 60;

/** What GitHub knows of the App. */
export interface App {
  readonly id: number;
  readonly clientId: string;
  readonly slug: string;
  /** Public halves of its keys, PEM: it may have several at once. */
  publicKeys: string[];
}

/**
 * Checks the token by which an App says who it is (GitHub documentation, "Generating a JSON Web Token (JWT) for a
 * GitHub App"): RS256 by one of its keys, `iat` not ahead, `exp` at most ten minutes ahead, `iss` the App.
 *
 * @param now  milliseconds
 * @throws Refusal  401, with GitHub's words; 404 for an issuer that it does not know
 */
export function checkAppJwt(token: string, app: App, now: number): void {
  const [head = '', body = '', signature = '', ...rest] = token.split('.');
  const { alg } = decoded(head, header);
  const { iat, exp, iss } = decoded(body, claims);
  if (rest.length > 0 || alg !== 'RS256') throw undecodable();
  const seconds = Math.floor(now / 1000);
  if (iss !== app.clientId && iss !== app.id && iss !== String(app.id)) {
    throw new Refusal(notFound().status, 'Integration not found');
  }
  const signed = Buffer.from(`${head}.${body}`);
  const bytes = Buffer.from(signature, 'base64url');
  // PKCS #1 v1.5 is what node:crypto takes for an RSA key; PSS would have to be asked for.
  if (!app.publicKeys.some((pem) => verify('sha256', signed, createPublicKey(pem), bytes))) {
    throw undecodable();
  }
  if (typeof iat !== 'number' || !Number.isInteger(iat) || iat > seconds + drift) {
    throw new Refusal(
      401,
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    );
  }
  if (typeof exp !== 'number' || !Number.isInteger(exp) || exp <= seconds) {
    throw new Refusal(
      401,
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    );
  }
  if (exp > seconds + longest) {
    throw new Refusal(401, "'Expiration time' claim ('exp') is too far in the future");
  }
}

const undecodable = () => new Refusal(401, 'A JSON web token could not be decoded');

function decoded<T>(part: string, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(Buffer.from(part, 'base64url').toString('utf8')));
  } catch {
    throw undecodable();
  }
}
