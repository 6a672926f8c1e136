import { describe, expect, it } from 'vitest';
import { policy } from '../../../policies/aws/document.ts';
import type { Seconds } from '../../../src/config/brands.ts';
import { ConstructError } from '../../../src/constructs/construct-error.ts';
import {
  AwsEngine,
  type AwsEngineProps,
  type SessionRoleProps,
} from '../../../src/constructs/openbao/aws-engine.ts';
import { KvEngine, type KvSecretProps } from '../../../src/constructs/openbao/kv-engine.ts';
import { document, Template } from '../template.ts';

const arn = 'arn:aws:iam::123456789012:role/tf-proxmox';

const engine = (
  session: Partial<SessionRoleProps> = {},
  props: Partial<AwsEngineProps> = {},
): Template =>
  Template.of((stack) => {
    new AwsEngine(stack, 'aws', { path: 'aws', region: 'us-east-2', ...props }).addSessionRole({
      roleName: 'tf-proxmox',
      roleArn: arn,
      sessionPolicy: policy({ Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn' }),
      ttl: 900 as Seconds,
      maxTtl: 3600 as Seconds,
      ...session,
    });
  });

describe('the AWS engine', () => {
  it('is mounted without any key of its own, and asks the STS of its region', () => {
    const backend = engine().resource('vault_aws_secret_backend', 'aws');
    expect(backend).toMatchObject({
      path: 'aws',
      region: 'us-east-2',
      sts_region: 'us-east-2',
      sts_endpoint: 'https://sts.us-east-2.amazonaws.com',
      max_lease_ttl_seconds: 3600,
    });
    expect(Object.keys(backend).filter((name) => /key|secret/.test(name))).toEqual([]);
  });

  it('takes other endpoints', () => {
    const endpoints = { stsEndpoint: 'https://sts.example', iamEndpoint: 'https://iam.example' };
    expect(engine({}, endpoints).resource('vault_aws_secret_backend', 'aws')).toMatchObject({
      sts_endpoint: 'https://sts.example',
      iam_endpoint: 'https://iam.example',
    });
  });

  it('only assumes: one role, narrowed by the session policy', () => {
    const role = engine().resource('vault_aws_secret_backend_role', 'tf-proxmox');
    expect(role).toMatchObject({
      backend: '${vault_aws_secret_backend.aws.path}',
      credential_type: 'assumed_role',
      role_arns: [arn],
      default_sts_ttl: 900,
      max_sts_ttl: 3600,
    });
    expect(document(role['policy_document'])).toMatchObject({ Statement: [{ Resource: 'arn' }] });
  });

  it.each([
    [899, 3600],
    [900, 3601],
    [1801, 1800],
  ])('refuses lives that STS would refuse or cut: %i s of at most %i s', (ttl, maxTtl) => {
    const build = () => engine({ ttl: ttl as Seconds, maxTtl: maxTtl as Seconds });
    expect(build).toThrow(ConstructError);
    expect(build).toThrow(`stack/aws/tf-proxmox: session TTL ${String(ttl)} s, maximum`);
  });

  it('refuses a session policy longer than STS takes, before OpenBao fails every mint', () => {
    const ofLength = (length: number) => {
      const statement = { Effect: 'Allow', Action: 's3:GetObject' } as const;
      const empty = JSON.stringify(policy({ ...statement, Resource: '' })).length;
      return policy({ ...statement, Resource: 'r'.repeat(length - empty) });
    };
    expect(() => engine({ sessionPolicy: ofLength(2048) })).not.toThrow();
    expect(() => engine({ sessionPolicy: ofLength(2049) })).toThrow(
      'stack/aws/tf-proxmox: the session policy has 2049 characters, STS takes 2048',
    );
  });
});

const plain = { path: 'kv', description: 'Static secrets', maxVersions: 5 };

const kv = (...secrets: KvSecretProps[]): Template =>
  Template.of((stack) => {
    const construct = new KvEngine(stack, 'kv', plain);
    for (const secret of secrets) construct.addSecret(secret);
  });

const tofu: KvSecretProps = {
  secretPath: 'unifi/tofu',
  metadataPath: 'kv/metadata/unifi/tofu',
  metadata: { owner: 'network', rung: '2' },
};

describe('the KV engine', () => {
  it('is version 2 and wants check-and-set for every write', () => {
    const template = kv();
    expect(template.resource('vault_mount', 'kv')).toMatchObject({ path: 'kv', type: 'kv-v2' });
    expect(template.resource('vault_kv_secret_backend_v2', 'kv')).toMatchObject({
      mount: '${vault_mount.kv.path}',
      cas_required: true,
    });
  });

  it('goes with its values only after its protection was taken away', () => {
    const lifecycle = (protection?: boolean) =>
      Template.of((stack) => {
        new KvEngine(stack, 'kv', { ...plain, protection });
      }).resource('vault_mount', 'kv')['lifecycle'];
    expect(lifecycle()).toEqual({ prevent_destroy: true });
    expect(lifecycle(false)).toEqual({ prevent_destroy: false });
  });

  it('holds metadata of a secret, outlives its removal, and never a value', () => {
    const template = kv(tofu);
    const metadata = template.resource('vault_generic_endpoint', 'metadata-unifi_tofu');
    expect(metadata).toMatchObject({
      path: 'kv/metadata/unifi/tofu',
      disable_delete: true,
      ignore_absent_fields: true,
    });
    expect(document(metadata['data_json'])).toEqual({
      custom_metadata: { owner: 'network', rung: '2' },
    });
    expect(template.types).toEqual([
      'vault_generic_endpoint',
      'vault_kv_secret_backend_v2',
      'vault_mount',
    ]);
  });

  it('refuses two secrets whose names differ only in what Terraform does not tell apart', () => {
    const twin = { ...tofu, secretPath: 'unifi_tofu', metadataPath: 'kv/metadata/unifi_tofu' };
    expect(() => kv(tofu, twin)).toThrow(ConstructError);
    expect(() => kv(tofu, twin)).toThrow(
      'stack/kv/unifi_tofu: vault_generic_endpoint.metadata-unifi_tofu exists already',
    );
  });
});
