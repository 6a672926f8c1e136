import { describe, expect, it } from 'vitest';
import type { AwsRequest } from '../../../lab/aws/request.ts';
import { checkFreshness, readClaim, verifySignature, type Claim } from '../../../lab/aws/sigv4.ts';
import { awsRequest } from './request-builder.ts';

/** The example key of the Amazon S3 API reference, "Signature calculations: examples". */
const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const scope = 'AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request';
const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const host = 'examplebucket.s3.amazonaws.com';

const getObject = awsRequest({
  path: '/test.txt',
  headers: {
    authorization:
      `AWS4-HMAC-SHA256 Credential=${scope},SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,` +
      'Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    host,
    range: 'bytes=0-9',
    'x-amz-content-sha256': empty,
    'x-amz-date': '20130524T000000Z',
  },
});
const listObjects = awsRequest({
  query: [
    ['prefix', 'J'],
    ['max-keys', '2'],
  ],
  headers: {
    authorization:
      `AWS4-HMAC-SHA256 Credential=${scope},SignedHeaders=host;x-amz-content-sha256;x-amz-date,` +
      'Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
    host,
    'x-amz-content-sha256': empty,
    'x-amz-date': '20130524T000000Z',
  },
});
const presigned = awsRequest({
  path: '/test.txt',
  query: [
    ['X-Amz-Algorithm', 'AWS4-HMAC-SHA256'],
    ['X-Amz-Credential', scope],
    ['X-Amz-Date', '20130524T000000Z'],
    ['X-Amz-Expires', '86400'],
    ['X-Amz-SignedHeaders', 'host'],
    ['X-Amz-Signature', 'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404'],
  ],
  headers: { host },
});

function claimOf(request: AwsRequest): Claim {
  const claim = readClaim(request);
  if (claim === undefined) throw new Error('unsigned');
  return claim;
}

function verify(request: AwsRequest, key = secret): void {
  verifySignature(request, claimOf(request), key);
}

const withHeader = (request: AwsRequest, name: string, value: string): AwsRequest => ({
  ...request,
  headers: new Map([...request.headers, [name, value]]),
});

describe('a signature', () => {
  it.each([
    ['GET object', getObject],
    ['GET bucket with a query', listObjects],
    ['a presigned URL', presigned],
  ])("is taken where it is the reference's: %s", (_, request) => {
    expect(() => {
      verify(request);
    }).not.toThrow();
  });

  it.each<[string, AwsRequest]>([
    ['method', { ...getObject, method: 'DELETE' }],
    ['path', { ...getObject, path: '/test2.txt' }],
    [
      'query',
      {
        ...listObjects,
        query: [
          ['prefix', 'K'],
          ['max-keys', '2'],
        ],
      },
    ],
    ['signed header', withHeader(getObject, 'range', 'bytes=0-99')],
    ['body', { ...getObject, body: Buffer.from('x') }],
    ['date', withHeader(getObject, 'x-amz-date', '20130524T000001Z')],
  ])('is refused when the %s is another', (_, request) => {
    expect(() => {
      verify(request);
    }).toThrow();
  });

  it('is refused under another key', () => {
    expect(() => {
      verify(getObject, `${secret}x`);
    }).toThrow('does not match');
  });

  it('is refused in an algorithm that is not SigV4', () => {
    const claim = { ...claimOf(getObject), algorithm: 'AWS4-HMAC-SHA1' };
    expect(() => {
      verifySignature(getObject, claim, secret);
    }).toThrow('not supported');
  });

  it('is read as absent where there is none', () => {
    expect(readClaim(awsRequest({ headers: { host } }))).toBeUndefined();
  });

  it.each([
    'AWS4-HMAC-SHA256',
    'Basic dXNlcjpwYXNz',
    'AWS4-HMAC-SHA256 Credential=AKIA/20130524/us-east-1/s3, SignedHeaders=host, Signature=00',
    `AWS4-HMAC-SHA256 Credential=${scope}/more, SignedHeaders=host, Signature=00`,
    `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=zz`,
  ])('is refused as malformed: %s', (authorization) => {
    expect(() => readClaim(awsRequest({ headers: { authorization } }))).toThrow('malformed');
  });
});

describe('the freshness of a signature', () => {
  const signedAt = Date.UTC(2013, 4, 24);
  const check = (request: AwsRequest, seconds: number) => {
    checkFreshness(request, claimOf(request), signedAt + seconds * 1000);
  };

  it('ends after a quarter of an hour, either way', () => {
    expect(() => {
      check(getObject, 900);
    }).not.toThrow();
    expect(() => {
      check(getObject, -900);
    }).not.toThrow();
    expect(() => {
      check(getObject, 901);
    }).toThrow('not yet current');
    expect(() => {
      check(getObject, -901);
    }).toThrow('not yet current');
  });

  it('of a presigned URL ends when it says', () => {
    expect(() => {
      check(presigned, 86_400);
    }).not.toThrow();
    expect(() => {
      check(presigned, 86_401);
    }).toThrow('expired');
  });

  it('is refused with an x-amz header that the signature does not cover', () => {
    const smuggled = withHeader(getObject, 'x-amz-copy-source', 'other/key');
    expect(() => {
      check(smuggled, 0);
    }).toThrow('x-amz-copy-source');
  });
});
