import { inside, number, object, ShapeError, text, type Shape } from '../../contract/shape.ts';

/** An AWS session. All but its end is secret. */
export interface Session {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** When AWS ends it at the earliest, in milliseconds by the server's clock. */
  readonly expires: number;
}

/** Seconds: STS takes 12 hours at most (STS API reference, AssumeRole, DurationSeconds). */
export const longestLife = 12 * 3600;
/** The year 10000, which no date of five digits reaches. */
const tooLate = 253_402_300_800_000;

/** What STS gives (API reference, Credentials), and not so much more that it could be something else. */
const forms = {
  accessKeyId: /^\w{16,128}$/,
  secretAccessKey: /^[\x21-\x7e]{16,256}$/,
  sessionToken: /^[\x21-\x7e]{1,16384}$/,
} as const;

/**
 * The session in an answer of `aws/sts/<role>`.
 *
 * Its end is told by the server's clock, whatever this host's says: the life in the answer counts from the Date
 * header, which is rounded down, and one second is taken off for the fraction that AWS rounds off.
 *
 * @param now  of this host, in milliseconds, for a server that sends no Date
 * @throws ShapeError  it is no session: nothing of it may be given to anybody
 */
export function sessionOf(
  answer: { readonly data: unknown; readonly date: number | undefined },
  now: number,
): Session {
  const data = object(answer.data, 'the minted session');
  const ttl = number(data, 'ttl');
  if (ttl < 1 || ttl > longestLife) throw new ShapeError(`${data.at}.ttl is no life of a session`);
  const date = answer.date ?? now;
  if (!(date > 0 && date < tooLate)) throw new ShapeError("the server's clock shows no time");
  return {
    accessKeyId: matching(data, 'access_key', forms.accessKeyId),
    secretAccessKey: matching(data, 'secret_key', forms.secretAccessKey),
    sessionToken: matching(data, 'security_token', forms.sessionToken),
    expires: (Math.floor(date / 1000) + Math.floor(ttl) - 1) * 1000,
  };
}

/** A session as it is kept. @throws ShapeError */
export function parseSession(json: Shape, key: string): Session {
  const kept = inside(json, key);
  const expires = number(kept, 'expires');
  if (!(expires > 0 && expires < tooLate)) throw new ShapeError(`${kept.at}.expires is no time`);
  return {
    accessKeyId: matching(kept, 'accessKeyId', forms.accessKeyId),
    secretAccessKey: matching(kept, 'secretAccessKey', forms.secretAccessKey),
    sessionToken: matching(kept, 'sessionToken', forms.sessionToken),
    expires,
  };
}

function matching(shape: Shape, key: string, form: RegExp): string {
  const value = text(shape, key);
  if (!form.test(value)) throw new ShapeError(`${shape.at}.${key} has not the form of one`);
  return value;
}

/** What an AWS SDK reads from a credential_process (AWS SDKs and Tools Reference, "Process credential provider"). */
export function credentialProcessJson(session: Session): string {
  return JSON.stringify({
    Version: 1,
    AccessKeyId: session.accessKeyId,
    SecretAccessKey: session.secretAccessKey,
    SessionToken: session.sessionToken,
    Expiration: new Date(session.expires).toISOString().replace(/\.\d+Z$/, 'Z'),
  });
}
