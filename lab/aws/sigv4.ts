import { timingSafeEqual } from 'node:crypto';
import { decode, encode, hmac, parameter, sha256, type AwsRequest } from './request.ts';
import { Refusal } from './refusal.ts';

/** What a request claims about its signature (Signature Version 4, header or query form). */
export interface Claim {
  readonly algorithm: string;
  /** Access key id; for Roles Anywhere the certificate's serial number in decimal. */
  readonly credential: string;
  readonly date: string;
  readonly region: string;
  readonly service: string;
  /** `YYYYMMDDTHHMMSSZ` */
  readonly amzDate: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly sessionToken: string | undefined;
  /** Seconds a presigned URL stays valid; undefined where the signature is in the header. */
  readonly presignedFor: number | undefined;
}

/** @returns undefined for an unsigned request */
export function readClaim(request: AwsRequest): Claim | undefined {
  const header = request.headers.get('authorization');
  if (header !== undefined) {
    const match =
      /^([A-Z0-9-]+) Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]+)$/.exec(
        header,
      );
    if (match === null) throw new Refusal('bad-signature', 'Authorization header is malformed.');
    const [, algorithm = '', credential = '', signedHeaders = '', signature = ''] = match;
    return {
      algorithm,
      ...scope(credential),
      amzDate: request.headers.get('x-amz-date') ?? '',
      signedHeaders: signedHeaders.split(';'),
      signature,
      sessionToken: request.headers.get('x-amz-security-token'),
      presignedFor: undefined,
    };
  }
  const signature = parameter(request, 'X-Amz-Signature');
  if (signature === undefined) return undefined;
  return {
    algorithm: parameter(request, 'X-Amz-Algorithm') ?? '',
    ...scope(parameter(request, 'X-Amz-Credential') ?? ''),
    amzDate: parameter(request, 'X-Amz-Date') ?? '',
    signedHeaders: (parameter(request, 'X-Amz-SignedHeaders') ?? '').split(';'),
    signature,
    sessionToken: parameter(request, 'X-Amz-Security-Token'),
    presignedFor: Number(parameter(request, 'X-Amz-Expires') ?? 'NaN'),
  };
}

function scope(credential: string): Pick<Claim, 'credential' | 'date' | 'region' | 'service'> {
  const [id, date, region, service, end, ...rest] = credential.split('/');
  if (
    id === undefined ||
    date === undefined ||
    region === undefined ||
    service === undefined ||
    end !== 'aws4_request' ||
    rest.length > 0
  ) {
    throw new Refusal('bad-signature', 'The credential scope is malformed.');
  }
  return { credential: id, date, region, service };
}

/** `request` path and query in canonical form; also what is passed on, so both sides read the same. */
export function canonicalPath(request: AwsRequest, service: string): string {
  const segments = request.path.split('/');
  // S3 keys are encoded once; every other service signs the path as sent, encoded once more.
  return segments.map((s) => encode(service === 's3' ? decode(s) : s)).join('/');
}

export function canonicalQuery(pairs: AwsRequest['query']): string {
  return pairs
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(([a, x], [b, y]) => (a === b ? (x < y ? -1 : 1) : a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

/** The payload hash that was signed, after checking that it is the body's where it can be. */
function payloadHash(request: AwsRequest, claim: Claim): string {
  const actual = () => sha256(request.body);
  if (claim.service !== 's3') return actual();
  const declared = request.headers.get('x-amz-content-sha256');
  if (declared === undefined)
    return claim.presignedFor === undefined ? actual() : 'UNSIGNED-PAYLOAD';
  if (declared === 'UNSIGNED-PAYLOAD' || declared.startsWith('STREAMING-')) return declared;
  if (declared !== actual()) {
    throw new Refusal(
      'invalid',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
      'XAmzContentSHA256Mismatch',
    );
  }
  return declared;
}

export function scopeOf(claim: Claim): string {
  return `${claim.date}/${claim.region}/${claim.service}/aws4_request`;
}

export function stringToSign(request: AwsRequest, claim: Claim): string {
  const canonical = [
    request.method,
    canonicalPath(request, claim.service),
    canonicalQuery(request.query.filter(([name]) => name !== 'X-Amz-Signature')),
    ...claim.signedHeaders.map((name) => `${name}:${request.headers.get(name) ?? ''}`),
    '',
    claim.signedHeaders.join(';'),
    payloadHash(request, claim),
  ].join('\n');
  return [claim.algorithm, claim.amzDate, scopeOf(claim), sha256(canonical)].join('\n');
}

export function signingKey(secret: string, claim: Claim): Buffer {
  return [claim.region, claim.service, 'aws4_request'].reduce(
    (key, part) => hmac(key, part),
    hmac(`AWS4${secret}`, claim.date),
  );
}

export function equal(a: string, b: string): boolean {
  const [x, y] = [Buffer.from(a), Buffer.from(b)];
  return x.length === y.length && timingSafeEqual(x, y);
}

/**
 * Time and coverage of the signature: host, date and every `x-amz-*` header must be signed, and the
 * request must be of this quarter of an hour (AWS, "Signature Version 4 request date").
 *
 * @param now  wall-clock milliseconds: the lab's shifted clock moves expiry, not signatures
 */
export function checkFreshness(request: AwsRequest, claim: Claim, now: number): void {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(claim.amzDate);
  if (parts === null || !claim.amzDate.startsWith(claim.date)) {
    throw new Refusal('bad-signature', 'The request date is missing or not that of the scope.');
  }
  const [, y, mo, d, h, mi, s] = parts.map(Number);
  const at = Date.UTC(y ?? 0, (mo ?? 1) - 1, d, h, mi, s);
  const quarter = 15 * 60_000;
  if (claim.presignedFor !== undefined) {
    if (!(claim.presignedFor > 0 && claim.presignedFor <= 604_800)) {
      throw new Refusal('bad-signature', 'X-Amz-Expires must be between 1 and 604800 seconds.');
    }
    if (now > at + claim.presignedFor * 1000) throw new Refusal('denied', 'Request has expired');
    if (at > now + quarter) throw new Refusal('skewed', 'The signature is from the future.');
  } else if (Math.abs(now - at) > quarter) {
    throw new Refusal('skewed', `Signature expired or not yet current: ${claim.amzDate}.`);
  }
  const signed = new Set(claim.signedHeaders);
  const uncovered = [...request.headers.keys()].filter(
    (name) => (name === 'host' || name.startsWith('x-amz-')) && !signed.has(name),
  );
  if (uncovered.length > 0) {
    throw new Refusal('denied', `There were headers not signed: ${uncovered.join(', ')}.`);
  }
}

/** @throws Refusal  `bad-signature`, or a mismatch of the declared payload hash */
export function verifySignature(request: AwsRequest, claim: Claim, secret: string): void {
  if (claim.algorithm !== 'AWS4-HMAC-SHA256') {
    throw new Refusal('bad-signature', `Signature algorithm ${claim.algorithm} is not supported.`);
  }
  const expected = hmac(signingKey(secret, claim), stringToSign(request, claim)).toString('hex');
  if (!equal(expected, claim.signature)) {
    throw new Refusal(
      'bad-signature',
      'The request signature we calculated does not match the signature you provided.',
    );
  }
}
