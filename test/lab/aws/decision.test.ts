import { describe, expect, it } from 'vitest';
import { isAllowed, sessionPrincipal, type Need } from '../../../lab/aws/decision.ts';
import type { PolicyDocument, Role } from '../../../lab/aws/roles.ts';
import type { Session } from '../../../lab/aws/sessions.ts';
import { stateSessionPolicy } from '../../../policies/aws/terraform-state.ts';
import { tlsOnly } from '../../../policies/aws/state-bucket.ts';
import { profile } from '../../../src/config/aws.ts';

const account = { id: '123456789012', region: 'us-east-2' };
const bucket = 'arn:aws:s3:::tfstate-proxmox';
const table = 'arn:aws:dynamodb:us-east-2:123456789012:table/locks';
const now = Date.UTC(2026, 0, 1);

const statePolicy: PolicyDocument = {
  ...stateSessionPolicy({
    declared: profile.parse({
      ...{ bucket: 'tfstate-proxmox', key: 'proxmox/terraform.tfstate', access: 'apply' },
      ...{ lock: { mode: 'both', table: 'locks' }, ttl: '15m', maxTtl: '1h' },
    }),
    bucketArn: bucket,
    tableArn: table,
  }),
};
const allow = (Action: string, Resource: string): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action, Resource }],
});
const everything = allow('*', '*');

const session: Session = {
  ...{ accessKeyId: 'ASIA', secretAccessKey: 'x', sessionToken: 'x', issuedAt: now },
  expiresAt: now + 900_000,
  roleArn: 'arn:aws:iam::123456789012:role/tf-proxmox',
  sessionName: 'test',
  arn: 'arn:aws:sts::123456789012:assumed-role/tf-proxmox/test',
  userId: 'AROA:test',
  principalTags: {},
  chain: [],
};
function decide(need: Need, rolePolicy: PolicyDocument, sessionPolicy?: PolicyDocument) {
  const role: Role = {
    ...{ arn: session.roleArn, name: 'tf-proxmox', id: 'AROA', maxSessionDuration: 3600 },
    trustPolicy: everything,
    policies: [{ name: 'permissions', policy: rolePolicy }],
  };
  const narrowed = { ...session, sessionPolicy: sessionPolicy && JSON.stringify(sessionPolicy) };
  return isAllowed(account, sessionPrincipal(narrowed, role), need, now);
}

const object = (action: string, key: string): Need => ({
  action: `s3:${action}`,
  resource: `${bucket}/${key}`,
});
const list = (prefix?: string): Need => ({
  action: 's3:ListBucket',
  resource: bucket,
  context: prefix === undefined ? {} : { 's3:prefix': prefix },
});
const row = (action: string, ...keys: string[]): Need => ({
  action: `dynamodb:${action}`,
  resource: table,
  context: keys.length === 0 ? {} : { 'dynamodb:LeadingKeys': keys },
});
const state = 'proxmox/terraform.tfstate';
const lockRow = `tfstate-proxmox/${state}`;

describe('a Terraform state policy', () => {
  it.each<[string, Need]>([
    ['reads the state', object('GetObject', state)],
    ['writes the state', object('PutObject', state)],
    ['removes the lock file', object('DeleteObject', `${state}.tflock`)],
    ['lists its own key', list(state)],
    ['takes the lock row', row('PutItem', lockRow)],
    ['writes the checksum row', row('PutItem', `${lockRow}-md5`)],
  ])('%s', async (_, need) => {
    expect(await decide(need, statePolicy, statePolicy)).toBe(true);
  });

  it.each<[string, Need]>([
    ['the key beside it', object('GetObject', 'proxmox/terraform.tfstate2')],
    ['a key below it', object('GetObject', `${state}/x`)],
    ['a key in other letters', object('GetObject', 'Proxmox/terraform.tfstate')],
    ['a key with a wildcard', object('GetObject', 'proxmox/*')],
    ['an older version', object('GetObjectVersion', state)],
    ['deletion of the state', object('DeleteObject', state)],
    ['the same key of another bucket', { action: 's3:GetObject', resource: `${bucket}2/${state}` }],
    ['a listing of the folder', list('proxmox/')],
    ['a listing without prefix', list()],
    ['the bucket policy', { action: 's3:GetBucketPolicy', resource: bucket }],
    ['another lock row', row('PutItem', 'tfstate-dns/dns/terraform.tfstate')],
    ['its own row and another', row('PutItem', lockRow, 'other')],
    ['a row whose key is unknown', row('PutItem')],
    ['a scan', row('Scan')],
    ['an update', row('UpdateItem', lockRow)],
    [
      'the table of another region',
      { ...row('PutItem', lockRow), resource: table.replace('us-east-2', 'us-east-1') },
    ],
  ])('denies %s', async (_, need) => {
    expect(await decide(need, statePolicy, statePolicy)).toBe(false);
  });
});

describe('role policy and session policy', () => {
  const read = object('GetObject', state);
  it.each([
    ['both allow', everything, allow('s3:GetObject', '*'), true],
    ['the role alone allows, without a session policy', everything, undefined, true],
    ['only the role allows', everything, allow('s3:PutObject', '*'), false],
    ['only the session policy allows', allow('s3:PutObject', '*'), everything, false],
  ] as const)('are both needed: %s', async (_, role, narrowed, expected) => {
    expect(await decide(read, role, narrowed)).toBe(expected);
  });

  it('yield to a Deny of the bucket', async () => {
    const resourcePolicy = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: `${bucket}/*` }],
    };
    expect(await decide({ ...read, resourcePolicy }, everything)).toBe(false);
  });

  it('are not in the way of the TLS policy of a state bucket', async () => {
    const resourcePolicy = { ...tlsOnly(bucket) };
    expect(await decide({ ...read, resourcePolicy }, everything)).toBe(true);
  });

  it('give nothing once the role is gone', async () => {
    const principal = sessionPrincipal(session, undefined);
    expect(await isAllowed(account, principal, read, now)).toBe(false);
  });
});
