import { describe, expect, it } from 'vitest';
import { sessionPolicyLimit } from '../../../policies/aws/document.ts';
import { resolveProfiles, type Profile } from '../../../src/model/profile.ts';
import { account, declare, profile, type ProfileInput } from '../../fixtures/declaration.ts';
import { allows, type Request } from './simulate.ts';

const bucket = `tfstate-proxmox-${account}`;
const key = 'terraform/proxmox/terraform.tfstate';
const bucketArn = `arn:aws:s3:::${bucket}`;
const table = 'terraform-proxmox-locks-useast2';
const tableArn = `arn:aws:dynamodb:us-east-2:${account}:table/${table}`;

const locks = {
  dynamodb: { mode: 'dynamodb', table },
  s3: { mode: 's3' },
  both: { mode: 'both', table },
} as const;
type Mode = keyof typeof locks;
type Access = ProfileInput['access'];

function resolve(overrides: Partial<ProfileInput>): Profile {
  const [resolved] = resolveProfiles(declare({ profiles: { proxmox: profile(overrides) } }));
  if (resolved === undefined) throw new Error('no profile');
  return resolved;
}

const list = (prefix?: string): Request => ({
  action: 's3:ListBucket',
  resource: bucketArn,
  context: prefix === undefined ? {} : { 's3:prefix': prefix },
});
const s3 = (action: string, objectKey: string, inBucket = bucketArn): Request => ({
  action: `s3:${action}`,
  resource: `${inBucket}/${objectKey}`,
});
const row = (action: string, ...rows: string[]): Request => ({
  action: `dynamodb:${action}`,
  resource: tableArn,
  context: { 'dynamodb:LeadingKeys': rows },
});

const lockRow = `${bucket}/${key}`;
const checksumRow = `${lockRow}-md5`;
const lockFile = `${key}.tflock`;

const read: Request[] = [list(key), s3('GetObject', key)];
const readChecksum: Request[] = [row('GetItem', checksumRow)];
const write: Request[] = [s3('PutObject', key)];
const lockInTable: Request[] = [
  row('GetItem', lockRow),
  row('PutItem', lockRow),
  row('DeleteItem', lockRow),
  row('PutItem', checksumRow),
  row('DeleteItem', checksumRow),
];
const lockInBucket: Request[] = [
  list(lockFile),
  s3('GetObject', lockFile),
  s3('PutObject', lockFile),
  s3('DeleteObject', lockFile),
];

const everything = [...read, ...readChecksum, ...write, ...lockInTable, ...lockInBucket];

const allowed: Record<Access, Record<Mode, Request[]>> = {
  apply: {
    dynamodb: [...read, ...readChecksum, ...write, ...lockInTable],
    s3: [...read, ...write, ...lockInBucket],
    both: everything,
  },
  plan: {
    dynamodb: [...read, ...readChecksum],
    s3: read,
    both: [...read, ...readChecksum],
  },
};

/** What lies next to the state and belongs to nobody's session. */
const nearMisses: Record<string, Request> = {
  'a listing of the whole bucket': list(),
  'a listing of the folder': list('terraform/proxmox/'),
  'a listing of the empty prefix': list(''),
  'a listing of a shorter prefix': list(key.slice(0, -1)),
  'the sibling key': s3('GetObject', 'terraform/unifi/terraform.tfstate'),
  'the backup beside the state': s3('GetObject', `${key}.backup`),
  'a key below the state': s3('GetObject', `${key}/x`),
  'a write to the backup beside the state': s3('PutObject', `${key}.backup`),
  'the same key of another bucket': s3('GetObject', key, 'arn:aws:s3:::tfstate-unifi'),
  'a bucket whose name begins alike': s3('GetObject', key, `${bucketArn}-old`),
  'a delete of the state': s3('DeleteObject', key),
  'an old version of the state': s3('GetObjectVersion', key),
  'a change of the bucket policy': { action: 's3:PutBucketPolicy', resource: bucketArn },
  'the lock row of another state': row('GetItem', `${bucket}/terraform/unifi/terraform.tfstate`),
  'a write to the lock row of another state': row('PutItem', `${bucket}/other`),
  'the own row together with another': row('GetItem', checksumRow, `${bucket}/other`),
  'an update in place of the lock row': row('UpdateItem', lockRow),
  'a query of the lock row': row('Query', lockRow),
  'a get that names no row': { action: 'dynamodb:GetItem', resource: tableArn },
  'a scan of the lock table': { action: 'dynamodb:Scan', resource: tableArn },
  'a description of the lock table': { action: 'dynamodb:DescribeTable', resource: tableArn },
  'the row of the same name in another table': {
    ...row('GetItem', checksumRow),
    resource: `${tableArn}-old`,
  },
  'another role': {
    action: 'sts:AssumeRole',
    resource: `arn:aws:iam::${account}:role/tf-unifi`,
  },
  'the own role once more': {
    action: 'sts:AssumeRole',
    resource: `arn:aws:iam::${account}:role/tf-proxmox`,
  },
};

const describeRequest = ({ action, resource, context }: Request) =>
  `${action} ${resource.split(':').at(-1) ?? ''} ${JSON.stringify(context ?? {})}`;

describe.each(['apply', 'plan'] as const)('a session for %s', (access) => {
  describe.each(['dynamodb', 's3', 'both'] as const)('with lock mode %s', (mode) => {
    const { policy } = resolve({ access, lock: locks[mode] });
    const policies = { role: policy, session: policy };
    const permitted = allowed[access][mode];

    it.each(permitted.map((request) => [describeRequest(request), request] as const))(
      'may %s',
      async (_, request) => {
        await expect(allows(policies, request)).resolves.toBe(true);
      },
    );

    it.each(
      everything
        .filter((request) => !permitted.includes(request))
        .map((request) => [describeRequest(request), request] as const),
    )('may not %s', async (_, request) => {
      await expect(allows(policies, request)).resolves.toBe(false);
    });

    it.each(Object.entries(nearMisses))('is denied %s', async (_, request) => {
      await expect(allows(policies, request)).resolves.toBe(false);
    });
  });
});

describe('the session policy', () => {
  it('narrows a role that somebody widened by hand', async () => {
    const { policy } = resolve({});
    const widened = {
      ...policy,
      Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' } as const],
    };
    const sibling = s3('GetObject', 'terraform/unifi/terraform.tfstate');

    await expect(allows({ role: widened }, sibling)).resolves.toBe(true);
    await expect(allows({ role: widened, session: policy }, sibling)).resolves.toBe(false);
  });

  it.each([
    ['dynamodb', 797, 4],
    ['s3', 592, 4],
    ['both', 1020, 6],
  ] as const)('of lock mode %s has %i characters, and %i more for each of the key', (...row) => {
    const [mode, size, perCharacter] = row;
    const length = (stateKey: string) =>
      JSON.stringify(resolve({ lock: locks[mode], key: stateKey }).policy).length;

    expect(length(key)).toBe(size);
    expect(length(`${key}x`)).toBe(size + perCharacter);
  });

  it.each(['dynamodb', 's3'] as const)(
    'of lock mode %s fits into an AssumeRole call even with the longest names',
    (mode) => {
      const { policy } = resolve({
        bucket: 'b'.repeat(63),
        key: 'k'.repeat(200),
        lock: mode === 's3' ? { mode } : { mode, table: 't'.repeat(255) },
      });
      expect(JSON.stringify(policy).length).toBeLessThanOrEqual(sessionPolicyLimit);
    },
  );
});
