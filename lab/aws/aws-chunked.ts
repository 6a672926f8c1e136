import { hmac, sha256, type AwsRequest } from './request.ts';
import { equal, scopeOf, signingKey, type Claim } from './sigv4.ts';
import { Refusal } from './refusal.ts';

const variants = new Map([
  ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD', { signed: true }],
  ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER', { signed: true }],
  ['STREAMING-UNSIGNED-PAYLOAD-TRAILER', { signed: false }],
]);

const malformed = () =>
  new Refusal('invalid', 'The aws-chunked body is malformed.', 'IncompleteBody');

/**
 * Unpacks an `aws-chunked` body and verifies its chunk and trailer signatures (Amazon S3, "Signature
 * calculations: transferring payload in multiple chunks"). Checksum trailers become ordinary headers,
 * so what goes on is a plain request. Any other request comes back as it is.
 *
 * @throws Refusal  `SignatureDoesNotMatch`, `IncompleteBody`
 */
export function unchunk(request: AwsRequest, claim: Claim, secret: string): AwsRequest {
  const declared = request.headers.get('x-amz-content-sha256') ?? '';
  if (!declared.startsWith('STREAMING-')) return request;
  const variant = variants.get(declared);
  if (variant === undefined) {
    throw new Refusal('invalid', `Payload variant ${declared} is not supported.`, 'InvalidRequest');
  }
  const key = signingKey(secret, claim);
  let previous = claim.signature;
  const verify = (algorithm: string, hashes: readonly string[], signature: string | undefined) => {
    if (!variant.signed) return;
    const text = [algorithm, claim.amzDate, scopeOf(claim), previous, ...hashes].join('\n');
    const expected = hmac(key, text).toString('hex');
    if (signature === undefined || !equal(expected, signature)) {
      throw new Refusal('bad-signature', 'The signature of a chunk does not match.');
    }
    previous = signature;
  };

  const { body } = request;
  const data: Buffer[] = [];
  let at = 0;
  const line = (): string => {
    const end = body.indexOf('\r\n', at);
    if (end < 0) throw malformed();
    const text = body.toString('latin1', at, end);
    at = end + 2;
    return text;
  };
  for (;;) {
    const match = /^([0-9a-fA-F]+)(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(line());
    if (match === null) throw malformed();
    const size = Number.parseInt(match[1] ?? '', 16);
    if (at + size > body.length) throw malformed();
    const chunk = body.subarray(at, at + size);
    verify('AWS4-HMAC-SHA256-PAYLOAD', [sha256(''), sha256(chunk)], match[2]);
    at += size;
    if (size === 0) break;
    data.push(chunk);
    if (line() !== '') throw malformed();
  }

  const headers = new Map(request.headers);
  const trailers: [string, string][] = [];
  for (let text = at < body.length ? line() : ''; text !== ''; text = line()) {
    const colon = text.indexOf(':');
    if (colon < 0) throw malformed();
    trailers.push([text.slice(0, colon).toLowerCase().trim(), text.slice(colon + 1).trim()]);
    if (at >= body.length) break;
  }
  const plain = trailers.filter(([name]) => name !== 'x-amz-trailer-signature');
  if (declared.endsWith('PAYLOAD-TRAILER')) {
    const announced = (headers.get('x-amz-trailer') ?? '').split(',').map((name) => name.trim());
    if (plain.some(([name]) => !announced.includes(name))) throw malformed();
    const signature = trailers.find(([name]) => name === 'x-amz-trailer-signature')?.[1];
    const lines = plain.map(([name, value]) => `${name}:${value}\n`).join('');
    verify('AWS4-HMAC-SHA256-TRAILER', [sha256(lines)], signature);
  } else if (trailers.length > 0) {
    throw malformed();
  }

  const unpacked = Buffer.concat(data);
  const length = headers.get('x-amz-decoded-content-length');
  if (length !== undefined && Number(length) !== unpacked.length) throw malformed();
  for (const name of ['x-amz-decoded-content-length', 'x-amz-trailer', 'transfer-encoding']) {
    headers.delete(name);
  }
  const encoding = (headers.get('content-encoding') ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '' && part !== 'aws-chunked');
  if (encoding.length > 0) headers.set('content-encoding', encoding.join(','));
  else headers.delete('content-encoding');
  headers.set('x-amz-content-sha256', 'UNSIGNED-PAYLOAD');
  for (const [name, value] of plain) headers.set(name, value);
  return { ...request, headers, body: unpacked };
}
