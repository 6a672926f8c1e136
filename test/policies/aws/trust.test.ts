import { describe, expect, it } from 'vitest';
import { tlsOnly } from '../../../policies/aws/state-bucket.ts';
import {
  brokerKeyTrust,
  brokerPermissions,
  profileTrust,
  rolesAnywhereTrust,
} from '../../../policies/aws/trust.ts';
import { account } from '../../fixtures/declaration.ts';
import { allows, type Request } from './simulate.ts';

const role = (name: string) => `arn:aws:iam::${account}:role/${name}`;
const sessionOf = (name: string) => `arn:aws:sts::${account}:assumed-role/${name}/session`;
const anchor = (id: string) =>
  `arn:aws:rolesanywhere:us-east-2:${account}:trust-anchor/${id.repeat(8)}`;

const trustActions = ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'];

describe('the trust of the broker role in IAM Roles Anywhere', () => {
  const trust = rolesAnywhereTrust(anchor('a'), 'openbao.lab.example');
  const request = (overrides: Partial<Request> & { anchor?: string; cn?: string }): Request => ({
    principal: overrides.principal ?? 'rolesanywhere.amazonaws.com',
    action: overrides.action ?? 'sts:AssumeRole',
    resource: role('openbao-broker'),
    context: {
      'aws:SourceArn': overrides.anchor ?? anchor('a'),
      'aws:PrincipalTag/x509Subject/CN': overrides.cn ?? 'openbao.lab.example',
    },
  });

  it.each(trustActions)('lets the service %s for the one certificate name', async (action) => {
    await expect(allows({ resource: trust }, request({ action }))).resolves.toBe(true);
  });

  it.each([
    ['another common name', request({ cn: 'other.lab.example' })],
    ['a common name that begins alike', request({ cn: 'openbao.lab.example.org' })],
    ['a common name in other letters', request({ cn: 'OPENBAO.lab.example' })],
    ['another trust anchor', request({ anchor: anchor('b') })],
    ['no certificate at all', { ...request({}), context: { 'aws:SourceArn': anchor('a') } }],
    ['another service', request({ principal: 'ec2.amazonaws.com' })],
    ['a role of the account', request({ principal: sessionOf('admin') })],
    ['another way to a session', request({ action: 'sts:AssumeRoleWithWebIdentity' })],
  ] as const)('refuses %s', async (_, refused) => {
    await expect(allows({ resource: trust }, refused)).resolves.toBe(false);
  });
});

describe('the trust of the broker role behind a key', () => {
  const trust = brokerKeyTrust(role('openbao-host'));
  const request = (principal: string): Request => ({
    principal,
    action: 'sts:AssumeRole',
    resource: role('openbao-broker'),
  });

  it('names one role', async () => {
    const policies = { role: brokerPermissions([role('openbao-broker')]), resource: trust };
    await expect(allows(policies, request(sessionOf('openbao-host')))).resolves.toBe(true);
    await expect(allows(policies, request(sessionOf('openbao-host-2')))).resolves.toBe(false);
  });
});

describe('the trust of a profile role', () => {
  const trust = profileTrust(role('openbao-broker'));
  const permissions = brokerPermissions([role('tf-proxmox')]);
  const request = (overrides: Partial<Request> = {}): Request => ({
    principal: sessionOf('openbao-broker'),
    action: 'sts:AssumeRole',
    resource: role('tf-proxmox'),
    ...overrides,
  });

  it.each(['sts:AssumeRole', 'sts:SetSourceIdentity'])(
    'lets the broker %s, as the source identity persists through chaining',
    async (action) => {
      const policies = { role: permissions, resource: trust };
      await expect(allows(policies, request({ action }))).resolves.toBe(true);
    },
  );

  it('refuses another role of the account, even one that may assume it by its own policy', async () => {
    const other = request({ principal: sessionOf('admin') });
    await expect(allows({ role: permissions, resource: trust }, other)).resolves.toBe(false);
  });

  it('refuses a role of another account that has the name of the broker', async () => {
    const foreign = request({
      principal: 'arn:aws:sts::999999999999:assumed-role/openbao-broker/session',
    });
    await expect(allows({ role: permissions, resource: trust }, foreign)).resolves.toBe(false);
  });

  it('takes no session tags, which could pass for the ones of a certificate', async () => {
    const tagged = request({ action: 'sts:TagSession' });
    await expect(allows({ role: permissions, resource: trust }, tagged)).resolves.toBe(false);
  });
});

describe('the permissions of the broker', () => {
  const permissions = brokerPermissions([role('tf-proxmox')]);

  // A role that trusts the whole account, so that only the broker's own policy decides.
  it.each([
    ['a role that is not declared', 'sts:AssumeRole', role('admin')],
    ['a role whose name begins alike', 'sts:AssumeRole', role('tf-proxmox-2')],
    ['the state itself', 's3:GetObject', 'arn:aws:s3:::tfstate/key'],
    ['IAM', 'iam:CreateAccessKey', `arn:aws:iam::${account}:user/x`],
  ])('do not reach %s', async (_, action, resource) => {
    const request = { principal: sessionOf('openbao-broker'), action, resource };
    await expect(allows({ role: permissions }, request)).resolves.toBe(false);
  });

  it('do not exist where there is nothing to assume: IAM takes no statement without a resource', () => {
    expect(brokerPermissions([])).toBeUndefined();
  });
});

describe('the policy of a state bucket', () => {
  const bucketArn = 'arn:aws:s3:::tfstate-proxmox';
  const get = (context: Record<string, string>): Request => ({
    action: 's3:GetObject',
    resource: `${bucketArn}/key`,
    context,
  });
  const everything = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
  } as const;
  const resource = tlsOnly(bucketArn);

  it.each([
    ['over TLS 1.2', { 'aws:SecureTransport': 'true', 's3:TlsVersion': '1.2' }, true],
    ['over TLS 1.3', { 'aws:SecureTransport': 'true', 's3:TlsVersion': '1.3' }, true],
    ['over TLS 1.1', { 'aws:SecureTransport': 'true', 's3:TlsVersion': '1.1' }, false],
    ['over plain HTTP', { 'aws:SecureTransport': 'false' }, false],
  ])('decides on a read %s', async (_, context, expected) => {
    await expect(allows({ role: everything, resource }, get(context))).resolves.toBe(expected);
  });

  it('grants nothing by itself, so no session gets round its session policy', async () => {
    const context = { 'aws:SecureTransport': 'true', 's3:TlsVersion': '1.3' };
    await expect(allows({ resource }, get(context))).resolves.toBe(false);
    expect(resource.Statement.every(({ Effect }) => Effect === 'Deny')).toBe(true);
  });
});
