import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAwsDouble } from '../../../lab/aws/double.ts';
import { stateSessionPolicy } from '../../../policies/aws/terraform-state.ts';
import { brokerPermissions, profileTrust } from '../../../policies/aws/trust.ts';
import { profile } from '../../../src/config/aws.ts';
import { accountId, region, runAws, type Keys, type RunningAws } from './running-aws.ts';

const bucket = 'tfstate-proxmox-123456789012';
const key = 'proxmox/terraform.tfstate';
const roleArn = (name: string) => `arn:aws:iam::${accountId}:role/${name}`;
const policy = JSON.stringify(
  stateSessionPolicy({
    declared: profile.parse({
      ...{ bucket, key, access: 'apply', ttl: '15m', maxTtl: '1h' },
      lock: { mode: 'both', table: 'locks' },
    }),
    bucketArn: `arn:aws:s3:::${bucket}`,
    tableArn: `arn:aws:dynamodb:${region}:${accountId}:table/locks`,
  }),
);
const everything = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
});

let aws: RunningAws;
let broker: Keys;
let keys: Keys;

async function makeRole(name: string, trusted: string, permissions: string) {
  await aws.json(
    aws.admin,
    ...['iam', 'create-role', '--role-name', name],
    ...['--assume-role-policy-document', JSON.stringify(profileTrust(trusted))],
  );
  await aws.json(
    aws.admin,
    ...['iam', 'put-role-policy', '--role-name', name, '--policy-name', 'permissions'],
    ...['--policy-document', permissions],
  );
}

function assume(caller: Keys, role: string, ...more: string[]) {
  return aws.aws(
    caller,
    ...['sts', 'assume-role', '--role-arn', roleArn(role), '--role-session-name', 'test'],
    ...[...more, '--output', 'json'],
  );
}

async function session(caller: Keys, role: string, ...more: string[]): Promise<Keys> {
  const { stdout, stderr } = await assume(caller, role, ...more);
  if (stdout === '') throw new Error(stderr);
  return (JSON.parse(stdout) as { Credentials: Keys }).Credentials;
}

const item = (id: string) => JSON.stringify({ LockID: { S: id } });
const dynamodb = (operation: string, ...more: string[]) => [
  'dynamodb',
  operation,
  '--table-name',
  'locks',
  ...more,
];
const s3 = (operation: string, objectKey: string, inBucket = bucket, ...more: string[]) => [
  's3api',
  operation,
  '--bucket',
  inBucket,
  '--key',
  objectKey,
  ...more,
];

beforeAll(async () => {
  aws = await runAws();
  const location = `LocationConstraint=${region}`;
  for (const name of [bucket, 'tfstate-dns-123456789012']) {
    await aws.json(
      aws.admin,
      ...['s3api', 'create-bucket', '--bucket', name, '--create-bucket-configuration', location],
    );
  }
  await aws.json(
    aws.admin,
    ...dynamodb('create-table', '--billing-mode', 'PAY_PER_REQUEST'),
    ...['--attribute-definitions', 'AttributeName=LockID,AttributeType=S'],
    ...['--key-schema', 'AttributeName=LockID,KeyType=HASH'],
  );
  await makeRole(
    'broker',
    roleArn('lab-admin'),
    JSON.stringify(brokerPermissions([roleArn('tf-proxmox')])),
  );
  // The role allows everything: what is denied below, the session policy denies.
  await makeRole('tf-proxmox', roleArn('broker'), everything);
  // A trust policy that names the account leaves the decision to the caller's own policies.
  await makeRole('tf-dns', `arn:aws:iam::${accountId}:root`, everything);
  broker = await session(aws.admin, 'broker');
  keys = await session(broker, 'tf-proxmox', '--policy', policy, '--duration-seconds', '900');
  await writeFile(join(aws.directory, 'written'), '{"version":4}');
});
afterAll(() => aws.stop());

describe('a state session', () => {
  it('writes and reads its own key', async () => {
    const file = join(aws.directory, 'written');
    await aws.json(keys, ...s3('put-object', key), '--body', file);
    const read = await aws.aws(keys, ...s3('get-object', key), join(aws.directory, 'read'));
    expect(read).toMatchObject({ exitCode: 0 });
    expect(await readFile(join(aws.directory, 'read'), 'utf8')).toBe('{"version":4}');
  });

  it('writes and removes its own lock row', async () => {
    const id = `${bucket}/${key}`;
    await aws.json(keys, ...dynamodb('put-item', '--item', item(id)));
    await aws.json(keys, ...dynamodb('delete-item', '--key', item(id)));
  });

  it.each([
    ['the key beside it', s3('head-object', `${key}2`), '403'],
    ['a key under a sibling prefix', s3('head-object', 'proxmox2/terraform.tfstate'), '403'],
    ['the same key of another bucket', s3('head-object', key, 'tfstate-dns-123456789012'), '403'],
    ['a listing of the bucket', ['s3api', 'list-objects-v2', '--bucket', bucket], 'AccessDenied'],
    ['deletion of its state', s3('delete-object', key), 'AccessDenied'],
    [
      'another lock row',
      dynamodb('put-item', '--item', item(`${bucket}/dns/terraform.tfstate`)),
      'AccessDeniedException',
    ],
    ['a scan of the table', dynamodb('scan'), 'AccessDeniedException'],
    ['a description of the table', dynamodb('describe-table'), 'AccessDeniedException'],
    [
      'the table of another region',
      [...dynamodb('get-item', '--key', item(`${bucket}/${key}`)), '--region', 'us-east-1'],
      'AccessDeniedException',
    ],
    [
      'a bucket under a signature of another region',
      [...s3('get-object', key, bucket, '/dev/null'), '--region', 'us-east-1'],
      'AuthorizationHeaderMalformed',
    ],
    ['IAM', ['iam', 'list-roles'], 'AccessDenied'],
  ])('is denied %s', async (_, args, code) => {
    const result = await aws.aws(keys, ...args);
    expect(result.exitCode).not.toBe(0);
    expect(result.stderr).toContain(code);
  });

  it('knows who it is without any permission', async () => {
    expect(await aws.json(keys, 'sts', 'get-caller-identity')).toMatchObject({
      Arn: `arn:aws:sts::${accountId}:assumed-role/tf-proxmox/test`,
    });
  });
});

describe('a request', () => {
  const whoami = ['sts', 'get-caller-identity'];

  it('is refused under a wrong secret key', async () => {
    const wrong = { ...keys, SecretAccessKey: `${keys.SecretAccessKey.slice(0, -1)}!` };
    expect((await aws.aws(wrong, ...whoami)).stderr).toContain('SignatureDoesNotMatch');
    expect((await aws.aws(wrong, 's3api', 'list-buckets')).stderr).toContain(
      'SignatureDoesNotMatch',
    );
  });

  it('is refused with a tampered, a foreign and a missing session token', async () => {
    const tampered = { ...keys, SessionToken: `${keys.SessionToken.slice(0, -4)}AAA=` };
    const foreign = { ...keys, SessionToken: broker.SessionToken };
    for (const wrong of [tampered, foreign]) {
      expect((await aws.aws(wrong, ...whoami)).stderr).toContain('InvalidClientTokenId');
    }
  });

  it('is refused under an unknown key', async () => {
    const unknown = { ...keys, AccessKeyId: 'ASIAIOSFODNN7EXAMPLE' };
    expect((await aws.aws(unknown, ...whoami)).stderr).toContain('InvalidClientTokenId');
    expect((await aws.aws(unknown, 's3api', 'list-buckets')).stderr).toContain(
      'InvalidAccessKeyId',
    );
  });

  it('is refused without a signature', async () => {
    expect((await fetch(`${aws.url}/${bucket}/${key}`)).status).toBe(403);
  });

  it.each([
    ['iam', 'create-user', '--user-name', 'x'],
    ['iam', 'create-access-key'],
    ['sts', 'get-session-token'],
  ])('that would make a standing key is refused even for the admin: %s %s', async (...args) => {
    expect((await aws.aws(aws.admin, ...args)).stderr).toContain('AccessDenied');
  });

  it('for a service that is not there is refused', async () => {
    expect((await aws.aws(aws.admin, 'sqs', 'list-queues')).exitCode).not.toBe(0);
  });
});

describe('AssumeRole', () => {
  it.each([
    ['a role that the caller may not assume', 'tf-dns', [], 'AccessDenied'],
    ['a role that does not exist', 'tf-nothing', [], 'AccessDenied'],
    ['less than 900 s', 'tf-proxmox', ['--duration-seconds', '899'], 'ValidationError'],
    [
      'more than an hour by chaining',
      'tf-proxmox',
      ['--duration-seconds', '3601'],
      'ValidationError',
    ],
    [
      'a session policy of 2,049 characters',
      'tf-proxmox',
      ['--policy', policy + ' '.repeat(2049 - policy.length)],
      'ValidationError',
    ],
    [
      'a session policy that is not JSON',
      'tf-proxmox',
      ['--policy', '{'],
      'MalformedPolicyDocument',
    ],
  ])('refuses %s', async (_, role, more, code) => {
    expect((await assume(broker, role, ...more)).stderr).toContain(code);
  });

  it('takes a session policy of 2,048 characters', async () => {
    const longest = policy + ' '.repeat(2048 - policy.length);
    expect(await assume(broker, 'tf-proxmox', '--policy', longest)).toMatchObject({ exitCode: 0 });
  });

  it('refuses whom the trust policy does not name', async () => {
    expect((await assume(aws.admin, 'tf-proxmox')).stderr).toContain('AccessDenied');
  });
});

describe('expiry', () => {
  it('is exact to the second, and answered as each service does', async () => {
    const short = await session(
      broker,
      'tf-proxmox',
      '--policy',
      policy,
      '--duration-seconds',
      '900',
    );
    // The clock goes on during the calls: the last minute stands for the last second before.
    await aws.shiftClock(840);
    expect(await aws.aws(short, 'sts', 'get-caller-identity')).toMatchObject({ exitCode: 0 });
    await aws.shiftClock(901);
    const failures = [
      [['sts', 'get-caller-identity'], 'ExpiredToken'],
      [s3('get-object', key, bucket, '/dev/null'), 'ExpiredToken'],
      [dynamodb('get-item', '--key', item(`${bucket}/${key}`)), 'ExpiredTokenException'],
    ] as const;
    for (const [args, code] of failures) {
      expect((await aws.aws(short, ...args)).stderr).toContain(code);
    }
    await aws.shiftClock(0);
  });

  it('cannot be moved without the control token', async () => {
    const response = await fetch(`${aws.url}/_lab/clock`, {
      method: 'POST',
      headers: { authorization: 'Bearer x' },
      body: '{"offsetSeconds":0}',
    });
    expect(response.status).toBe(403);
  });
});

describe('a bucket policy', () => {
  const onBucket = (operation: string, ...more: string[]) => [
    's3api',
    operation,
    '--bucket',
    bucket,
    ...more,
  ];

  it('that denies is stronger than every session, also after a restart, until it is gone', async () => {
    const Statement = [
      {
        ...{ Effect: 'Deny', Principal: '*', Action: 's3:GetObject' },
        ...{ Resource: `arn:aws:s3:::${bucket}/${key}` },
      },
    ];
    const denying = JSON.stringify({ Version: '2012-10-17', Statement });
    await aws.json(aws.admin, ...onBucket('put-bucket-policy', '--policy', denying));
    await aws.restartDouble();
    for (const caller of [keys, aws.admin]) {
      expect((await aws.aws(caller, ...s3('head-object', key))).stderr).toContain('403');
    }
    await aws.json(aws.admin, ...onBucket('delete-bucket-policy'));
    expect(await aws.aws(keys, ...s3('head-object', key))).toMatchObject({ exitCode: 0 });
  });

  it('of a bucket without one is answered as S3 does', async () => {
    const read = await aws.aws(aws.admin, ...onBucket('get-bucket-policy'));
    expect(read.stderr).toContain('NoSuchBucketPolicy');
  });

  it('that is not JSON is refused', async () => {
    const put = await aws.aws(aws.admin, ...onBucket('put-bucket-policy', '--policy', '{'));
    expect(put.stderr).toContain('MalformedPolicy');
  });
});

describe('the double', () => {
  it('keeps its sessions over a restart', async () => {
    await aws.restartDouble();
    expect(await aws.json(keys, 'sts', 'get-caller-identity')).toMatchObject({
      Arn: `arn:aws:sts::${accountId}:assumed-role/tf-proxmox/test`,
    });
    const denied = await aws.aws(keys, ...s3('head-object', `${key}2`));
    expect(denied.stderr).toContain('403');
  });

  it('leaves nothing readable by others in its state', async () => {
    for (const name of await readdir(aws.stateDir)) {
      expect((await stat(join(aws.stateDir, name))).mode & 0o077, name).toBe(0);
    }
  });

  it('says so when moto does not answer', async () => {
    const start = startAwsDouble({
      ...{ motoUrl: 'http://127.0.0.1:9', accountId, region },
      stateDir: join(aws.directory, 'other'),
    });
    await expect(start).rejects.toThrow('moto at http://127.0.0.1:9 does not answer');
  });

  it('listens on loopback only', async () => {
    const start = startAwsDouble({
      ...{ motoUrl: 'http://127.0.0.1:9', accountId, region, host: '0.0.0.0' },
      stateDir: join(aws.directory, 'other'),
    });
    await expect(start).rejects.toThrow('loopback only');
  });
});
