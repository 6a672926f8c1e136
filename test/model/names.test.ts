import { describe, expect, it } from 'vitest';
import type { AwsAccount, Name, SecretPath } from '../../src/config/brands.ts';
import { resolveBackbone } from '../../src/model/backbone.ts';
import {
  approlePaths,
  consumerPolicyName,
  kvPaths,
  roleArn,
  roleName,
  stsPath,
} from '../../src/model/names.ts';
import { declare, input } from '../fixtures/declaration.ts';

describe('names', () => {
  it('of a profile are one and the same in AWS and in the engine', () => {
    const profile = 'proxmox' as Name;
    expect(roleName(profile)).toBe('tf-proxmox');
    expect(stsPath(profile)).toBe('aws/sts/tf-proxmox');
    expect(roleArn('012345678901' as AwsAccount, roleName(profile))).toBe(
      'arn:aws:iam::012345678901:role/tf-proxmox',
    );
  });

  it('of a secret are paths of KV version 2', () => {
    expect(kvPaths('unifi/tofu' as SecretPath)).toEqual({
      data: 'kv/data/unifi/tofu',
      metadata: 'kv/metadata/unifi/tofu',
      destroy: 'kv/destroy/unifi/tofu',
    });
  });

  it('of a consumer keep its policy apart from the policies that people write', () => {
    expect(consumerPolicyName('unpoller' as Name)).toBe('consumer-unpoller');
    expect(approlePaths('unpoller').secretId).toBe('auth/approle/role/unpoller/secret-id');
  });
});

describe('the address of OpenBao', () => {
  const at = (address: string) => {
    const nodes = [{ name: 'openbao-1', vmid: 120, address }];
    return resolveBackbone(
      declare({
        openbao: { ...input.openbao, nodes },
      }),
    ).openbaoAddress;
  };

  it('is the first node, unless one is declared', () => {
    expect(at('192.0.2.20')).toBe('https://192.0.2.20:8200');
  });

  it('has brackets around IPv6', () => {
    expect(at('2001:db8::20')).toBe('https://[2001:db8::20]:8200');
  });
});
