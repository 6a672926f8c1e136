import { TerraformOutput } from 'cdktf';
import { describe, expect, it } from 'vitest';
import { Policy } from '@cdktf/provider-vault/lib/policy/index.js';
import { PasswordPolicy } from '@cdktf/provider-vault/lib/password-policy/index.js';
import { ConstructError } from '../../src/constructs/construct-error.ts';
import { named } from '../../src/constructs/logical-id.ts';
import { Template } from './template.ts';

describe('a logical name', () => {
  it('stands in state and plans as it is given, without a hash', () => {
    const template = Template.of((stack) => {
      named(new Policy(stack, 'Any', { name: 'x', policy: '' }), 'consumer-unpoller');
    });
    expect(template.addresses).toEqual(['vault_policy.consumer-unpoller']);
  });

  it('has "_" for what Terraform does not take in a name', () => {
    const template = Template.of((stack) => {
      named(new Policy(stack, 'Any', { name: 'x', policy: '' }), 'unifi/tofu.v2');
    });
    expect(template.addresses).toEqual(['vault_policy.unifi_tofu_v2']);
  });

  it('may be shared by resources of two types, and by two stacks', () => {
    const build = () =>
      Template.of((stack) => {
        named(new Policy(stack, 'One', { name: 'x', policy: '' }), 'operator');
        named(new PasswordPolicy(stack, 'Two', { name: 'x', policy: '' }), 'operator');
      }).addresses;
    expect(build()).toEqual(['vault_password_policy.operator', 'vault_policy.operator']);
    expect(build()).toHaveLength(2);
  });

  it('is refused to a second resource of the type, naming both', () => {
    const build = () =>
      Template.of((stack) => {
        named(new Policy(stack, 'One', { name: 'a/b', policy: '' }), 'a/b');
        named(new Policy(stack, 'Two', { name: 'a_b', policy: '' }), 'a_b');
      });
    expect(build).toThrow(ConstructError);
    expect(build).toThrow('stack/Two: vault_policy.a_b exists already in this stack; "a_b" needs');
  });

  it('is refused to a second output', () => {
    expect(() =>
      Template.of((stack) => {
        named(new TerraformOutput(stack, 'One', { value: 1 }), 'arn');
        named(new TerraformOutput(stack, 'Two', { value: 2 }), 'arn');
      }),
    ).toThrow('TerraformOutput.arn exists already');
  });

  it('would otherwise be shared: cdktf merges two resources into one without a word', () => {
    const template = Template.of((stack) => {
      new Policy(stack, 'One', { name: 'one', policy: 'first' }).overrideLogicalId('same');
      new Policy(stack, 'Two', { name: 'two', policy: 'second' }).overrideLogicalId('same');
    });
    expect(template.addresses).toEqual(['vault_policy.same']);
  });
});
