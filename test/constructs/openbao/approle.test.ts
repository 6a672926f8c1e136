import type { TerraformStack } from 'cdktf';
import { describe, expect, it } from 'vitest';
import { AuthBackend } from '@cdktf/provider-vault/lib/auth-backend/index.js';
import type { Cidr, Seconds } from '../../../src/config/brands.ts';
import { ConstructError } from '../../../src/constructs/construct-error.ts';
import { named } from '../../../src/constructs/logical-id.ts';
import { AppRole, type AppRoleProps } from '../../../src/constructs/openbao/approle.ts';
import { longestTokenTtl, machineTune } from '../../../src/constructs/openbao/machine-login.ts';
import { Template } from '../template.ts';

const build = (overrides: Partial<AppRoleProps> = {}) =>
  Template.of((stack: TerraformStack) => {
    const backend = named(new AuthBackend(stack, 'approle', { type: 'approle' }), 'approle');
    new AppRole(stack, 'unpoller', {
      backend,
      roleName: 'unpoller',
      policies: ['consumer-unpoller'],
      from: ['192.0.2.40/32' as Cidr],
      secretIdTtl: 600 as Seconds,
      tokenTtl: 900 as Seconds,
      tokenMaxTtl: 3600 as Seconds,
      ...overrides,
    });
  });

describe('an AppRole', () => {
  const template = build();
  const role = template.resource('vault_approle_auth_backend_role', 'unpoller');

  it('always wants a SecretID, which works once and expires', () => {
    expect(role).toMatchObject({
      bind_secret_id: true,
      secret_id_num_uses: 1,
      secret_id_ttl: 600,
    });
  });

  it('binds login and token to the source addresses', () => {
    expect(role).toMatchObject({
      secret_id_bound_cidrs: ['192.0.2.40/32'],
      token_bound_cidrs: ['192.0.2.40/32'],
    });
  });

  it('gives a token that can be revoked, without the default policy', () => {
    expect(role).toMatchObject({
      token_type: 'service',
      token_no_default_policy: true,
      token_policies: ['consumer-unpoller'],
      token_ttl: 900,
      token_max_ttl: 3600,
    });
  });

  it('has an entity of its name, to which nobody else adds policies, and an alias for its role id', () => {
    expect(template.resource('vault_identity_entity', 'unpoller')).toMatchObject({
      name: 'unpoller',
      external_policies: false,
    });
    expect(template.resource('vault_identity_entity_alias', 'unpoller')).toMatchObject({
      name: '${vault_approle_auth_backend_role.unpoller.role_id}',
      canonical_id: '${vault_identity_entity.unpoller.id}',
      mount_accessor: '${vault_auth_backend.approle.accessor}',
    });
  });

  it('makes no SecretID: it would stand in the state', () => {
    expect(template.types).not.toContain('vault_approle_auth_backend_role_secret_id');
  });

  it('is refused without a source address, as that means "from anywhere" to the server', () => {
    expect(() => build({ from: [] })).toThrow(ConstructError);
    expect(() => build({ from: [] })).toThrow('stack/unpoller: no source address');
  });

  it('is refused with a token life above its own maximum', () => {
    expect(() => build({ tokenTtl: 1801 as Seconds, tokenMaxTtl: 1800 as Seconds })).toThrow(
      'stack/unpoller: token TTL 1801 s is above its maximum 1800 s',
    );
  });

  it('is refused with a token life that the server would quietly cut', () => {
    expect(() => build({ tokenMaxTtl: (longestTokenTtl + 1) as Seconds })).toThrow(
      'stack/unpoller: token max TTL 3601 s is above the 3600 s that the auth method gives',
    );
    expect(machineTune.maxLeaseTtl).toBe('1h');
  });
});
