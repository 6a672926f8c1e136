import { describe, expect, it } from 'vitest';
import { resolveBackbone } from '../../src/model/backbone.ts';
import { AwsTrustStack } from '../../stacks/aws-trust.ts';
import { document, Template } from '../constructs/template.ts';
import {
  account,
  declare,
  input,
  profile,
  type DeclarationInput,
} from '../fixtures/declaration.ts';

const synth = (
  overrides: Partial<DeclarationInput> = {},
  caCertificate: string | undefined = '-----BEGIN CERTIFICATE-----',
) =>
  Template.ofStack(
    (app) => new AwsTrustStack(app, resolveBackbone(declare(overrides)), { caCertificate }),
  );

const brokerKey: DeclarationInput['aws'] = {
  ...input.aws,
  identity: { kind: 'broker-key', principalArn: `arn:aws:iam::${account}:role/openbao-host` },
};

describe.each([
  ['IAM Roles Anywhere', {}],
  ['a broker key', { aws: brokerKey }],
])('the stack aws-trust with %s', (_, overrides) => {
  const template = synth(overrides);

  it('makes no IAM user, access key or managed policy attachment', () => {
    expect(
      template.types.filter((type) => /iam_(user|access_key|group|.*attachment)/.test(type)),
    ).toEqual([]);
  });

  it('has one role a profile, which only the broker may assume', () => {
    for (const name of ['tf-audit', 'tf-proxmox', 'tf-unifi']) {
      const role = template.resource('aws_iam_role', name);
      expect(role).toMatchObject({
        name,
        depends_on: ['aws_iam_role.openbao-broker'],
      });
      expect(document(role['assume_role_policy'])).toMatchObject({
        Statement: [{ Principal: { AWS: `arn:aws:iam::${account}:role/openbao-broker` } }],
      });
    }
  });

  it('lets the broker assume exactly those', () => {
    const { policy } = template.resource('aws_iam_role_policy', 'openbao-broker');
    expect(document(policy)).toMatchObject({
      Statement: [
        {
          Action: ['sts:AssumeRole', 'sts:SetSourceIdentity'],
          Resource: ['audit', 'proxmox', 'unifi'].map(
            (name) => `arn:aws:iam::${account}:role/tf-${name}`,
          ),
        },
      ],
    });
  });

  it('works in the declared account only', () => {
    expect(template.provider).toMatchObject({
      aws: [{ region: 'us-east-2', allowed_account_ids: [account] }],
    });
  });
});

describe('the stack aws-trust', () => {
  it('gives each role the same document that narrows its sessions', () => {
    const { profiles } = resolveBackbone(declare());
    const template = synth();
    for (const { role, policy } of profiles) {
      const inline = template.resource('aws_iam_role_policy', role);
      expect(document(inline['policy'])).toEqual(policy);
    }
  });

  it('makes the buckets and lock tables that are declared as managed, each once', () => {
    const shared = profile({ manage: true, key: 'terraform/other/terraform.tfstate' });
    const template = synth({ profiles: { ...input.profiles, other: shared } });
    expect(Object.keys(template.all('aws_s3_bucket')).sort()).toEqual([
      `tfstate-proxmox-${account}`,
      `tfstate-unifi-${account}`,
    ]);
    expect(Object.keys(template.all('aws_dynamodb_table'))).toEqual([
      'terraform-proxmox-locks-useast2',
    ]);
  });

  it('makes none where they exist already', () => {
    const template = synth({ profiles: { proxmox: profile() }, consumers: {} });
    expect(template.types.filter((type) => /s3|dynamodb/.test(type))).toEqual([]);
  });

  it('takes a bucket, a table and a provider of one name', () => {
    const lock = { mode: 'dynamodb', table: 'aws' } as const;
    const aws = profile({ bucket: 'aws', lock, manage: true });
    const template = synth({ profiles: { aws }, consumers: {} });
    expect(template.addresses).toEqual(
      expect.arrayContaining([
        'aws_s3_bucket.aws',
        'aws_dynamodb_table.aws',
        'aws_iam_role.tf-aws',
      ]),
    );
  });

  it('without a profile still is a stack, whose broker may do nothing', () => {
    const template = synth({ profiles: {}, consumers: {} });
    expect(Object.keys(template.all('aws_iam_role'))).toEqual(['openbao-broker']);
    expect(template.all('aws_iam_role_policy')).toEqual({});
  });

  it('names what the OpenBao host needs, none of it secret', () => {
    expect(Object.keys(synth().outputs).sort()).toEqual([
      'broker_role_arn',
      'profile_arn',
      'trust_anchor_arn',
    ]);
  });

  it('behind a broker key has no anchor', () => {
    expect(synth({ aws: brokerKey }).types.filter((type) => type.includes('anywhere'))).toEqual([]);
  });
});
