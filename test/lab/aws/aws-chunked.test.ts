import { describe, expect, it } from 'vitest';
import { unchunk } from '../../../lab/aws/aws-chunked.ts';
import type { Claim } from '../../../lab/aws/sigv4.ts';
import { awsRequest } from './request-builder.ts';

/** The example of the Amazon S3 API reference, "Transferring payload in multiple chunks". */
const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const claim: Claim = {
  algorithm: 'AWS4-HMAC-SHA256',
  credential: 'AKIAIOSFODNN7EXAMPLE',
  date: '20130524',
  region: 'us-east-1',
  service: 's3',
  amzDate: '20130524T000000Z',
  signedHeaders: [],
  signature: '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
  sessionToken: undefined,
  presignedFor: undefined,
};
const signatures = [
  'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648',
  '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497',
  'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9',
] as const;
const body = [
  `10000;chunk-signature=${signatures[0]}\r\n${'a'.repeat(65_536)}\r\n`,
  `400;chunk-signature=${signatures[1]}\r\n${'a'.repeat(1024)}\r\n`,
  `0;chunk-signature=${signatures[2]}\r\n\r\n`,
].join('');

const signed = (content: string, length = '66560') =>
  awsRequest({
    method: 'PUT',
    headers: {
      'content-encoding': 'aws-chunked',
      'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
      'x-amz-decoded-content-length': length,
    },
    body: content,
  });
const unsigned = (content: string) =>
  awsRequest({
    method: 'PUT',
    headers: {
      'content-encoding': 'gzip,aws-chunked',
      'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      'x-amz-decoded-content-length': '5',
      'x-amz-trailer': 'x-amz-checksum-crc32',
    },
    body: content,
  });

describe('an aws-chunked body', () => {
  it("is unpacked where its signatures are the reference's", () => {
    const plain = unchunk(signed(body), claim, secret);
    expect(plain.body.equals(Buffer.from('a'.repeat(66_560)))).toBe(true);
    expect(plain.headers.has('content-encoding')).toBe(false);
  });

  it('keeps the other encodings and turns a checksum trailer into a header', () => {
    const trailer = 'x-amz-checksum-crc32:NhCmhg==';
    const plain = unchunk(unsigned(`5\r\nhello\r\n0\r\n${trailer}\r\n\r\n`), claim, secret);
    expect(plain.body.toString()).toBe('hello');
    expect(plain.headers.get('content-encoding')).toBe('gzip');
    expect(plain.headers.get('x-amz-checksum-crc32')).toBe('NhCmhg==');
  });

  it.each([
    ['a changed byte', body.replace('aaaa', 'aaab')],
    ['chunks in another order', body.replace(signatures[0], signatures[1])],
    ['no signature', body.replace(/;chunk-signature=\w+/, '')],
  ])('is refused with %s', (_, content) => {
    expect(() => unchunk(signed(content), claim, secret)).toThrow('signature of a chunk');
  });

  it.each([
    ['cut off in a chunk', signed(body.slice(0, 40_000))],
    ['cut off before the last chunk', signed(body.slice(0, 66_000))],
    ['of another length than it says', signed(body, '66561')],
    ['with a size that is no number', signed('zz\r\n')],
    ['empty', signed('')],
    ['with a trailer it did not announce', unsigned('5\r\nhello\r\n0\r\nx-amz-acl:public\r\n\r\n')],
  ])('is refused when it is %s', (_, request) => {
    expect(() => unchunk(request, claim, secret)).toThrow('malformed');
  });

  it('is refused in a variant that is not known', () => {
    const other = awsRequest({
      headers: { 'x-amz-content-sha256': 'STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD' },
    });
    expect(() => unchunk(other, claim, secret)).toThrow('not supported');
  });
});
