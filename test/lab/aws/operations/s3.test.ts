import { describe, expect, it } from 'vitest';
import type { Need } from '../../../../lab/aws/decision.ts';
import { s3Needs } from '../../../../lab/aws/operations/s3.ts';
import { awsRequest } from '../request-builder.ts';

type Call = Parameters<typeof awsRequest>[0];

const words = (needs: readonly Need[]) =>
  needs.map(({ action, resource }) => `${action} ${resource.replace('arn:aws:s3:::', '')}`);
const deletion = (objects: string) => ({
  ...{ method: 'POST', path: '/state', query: [['delete', '']] as const },
  body: `<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${objects}</Delete>`,
});

describe('an S3 request takes', () => {
  it.each<[string, Call, string[]]>([
    ['GET', { path: '/state/a/b' }, ['s3:GetObject state/a/b']],
    ['HEAD', { method: 'HEAD', path: '/state/a/b' }, ['s3:GetObject state/a/b']],
    ['a key in escapes', { path: '/state/a%2Fb%2A' }, ['s3:GetObject state/a/b*']],
    ['a key with a slash in front', { path: '/state//a' }, ['s3:GetObject state//a']],
    ['PUT', { method: 'PUT', path: '/state/a' }, ['s3:PutObject state/a']],
    ['DELETE', { method: 'DELETE', path: '/state/a' }, ['s3:DeleteObject state/a']],
    [
      'an older version',
      { path: '/state/a', query: [['versionId', '1']] },
      ['s3:GetObjectVersion state/a'],
    ],
    [
      'a copy',
      { method: 'PUT', path: '/state/a', headers: { 'x-amz-copy-source': '/other/b%20c' } },
      ['s3:PutObject state/a', 's3:GetObject other/b c'],
    ],
    [
      'a copied part',
      {
        ...{ method: 'PUT', path: '/state/a', headers: { 'x-amz-copy-source': 'other/b' } },
        query: [
          ['partNumber', '1'],
          ['uploadId', 'u'],
        ],
      },
      ['s3:PutObject state/a', 's3:GetObject other/b'],
    ],
    [
      'an ACL on the way',
      { method: 'PUT', path: '/state/a', headers: { 'x-amz-acl': 'public-read' } },
      ['s3:PutObject state/a', 's3:PutObjectAcl state/a'],
    ],
    [
      'many deletions',
      deletion('<Object><Key>a</Key></Object><Object><Key>b&amp;c</Key></Object>'),
      ['s3:DeleteObject state/a', 's3:DeleteObject state/b&c'],
    ],
    ['a bucket policy', { path: '/state', query: [['policy', '']] }, ['s3:GetBucketPolicy state']],
    ['the list of buckets', {}, ['s3:ListAllMyBuckets *']],
  ])('for %s what it does', (_, call, needs) => {
    expect(words(s3Needs(awsRequest(call)))).toEqual(needs);
  });

  it('for a listing the prefix, which may be absent', () => {
    const list = (query: [string, string][]) => s3Needs(awsRequest({ path: '/state/', query }));
    expect(list([['prefix', 'a/b']])[0]?.context).toEqual({ 's3:prefix': 'a/b' });
    expect(list([['list-type', '2']])[0]?.context).toEqual({});
  });
});

describe('an S3 request is refused', () => {
  it.each<[string, Call]>([
    ['of an unknown subresource', { path: '/state/a', query: [['torrent', '']] }],
    [
      'of two subresources at once',
      {
        path: '/state/a',
        query: [
          ['acl', ''],
          ['tagging', ''],
        ],
      },
    ],
    ['of an unknown method', { method: 'PATCH', path: '/state/a' }],
    ['of a form upload', { method: 'POST', path: '/state' }],
    ["of moto's own API", { method: 'POST', path: '/moto-api/reset' }],
    ['of a path that climbs', { path: '/../moto-api' }],
    ['of a malformed escape', { path: '/state/%zz' }],
    ['with a deletion hidden in a comment', deletion('<!-- <Object><Key>a</Key></Object> -->')],
    ['with a second key in one object', deletion('<Object><Key>a</Key><Key>b</Key></Object>')],
    ['with a namespaced key', deletion('<Object><Key>a</Key></Object><x:Key>b</x:Key>')],
    ['with nothing to delete', deletion('')],
  ])('%s', (_, call) => {
    expect(() => s3Needs(awsRequest(call))).toThrow();
  });
});
