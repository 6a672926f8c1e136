import { describe, expect, it } from 'vitest';
import type { AclRule } from '../../../policies/openbao/acl.ts';
import type { Seconds } from '../../../src/config/brands.ts';
import { AclPolicy } from '../../../src/constructs/openbao/acl-policy.ts';
import { ConstructError } from '../../../src/constructs/construct-error.ts';
import { Template } from '../template.ts';

const read: AclRule = { why: 'read it', path: 'kv/data/unifi', capabilities: ['read'] };

const build = (...rules: AclRule[]) =>
  Template.of((stack) => new AclPolicy(stack, 'policy', { policyName: 'consumer-x', rules }));

describe('an ACL policy', () => {
  it('holds the rendered rules under its name', () => {
    expect(build(read).resource('vault_policy', 'consumer-x')).toMatchObject({
      name: 'consumer-x',
      policy: '# read it\npath "kv/data/unifi" {\n  capabilities = ["read"]\n}\n',
    });
  });

  it('is refused with two rules for one path, which OpenBao would merge', () => {
    const twice = () => build(read, { ...read, capabilities: ['update'] });
    expect(twice).toThrow(ConstructError);
    expect(twice).toThrow('stack/policy: two rules for the path "kv/data/unifi"');
  });

  it('is refused with wrapping bounds that no request can meet', () => {
    const wrapping = { min: 601 as Seconds, max: 600 as Seconds };
    expect(() => build({ ...read, wrapping })).toThrow(
      'stack/policy: wrapping of "kv/data/unifi" for at least 601 s and at most 600 s',
    );
  });
});
