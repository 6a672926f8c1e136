import { describe, expect, it } from 'vitest';
import { AuthBackend } from '@cdktf/provider-vault/lib/auth-backend/index.js';
import type { Cidr } from '../../../src/config/brands.ts';
import { ConstructError } from '../../../src/constructs/construct-error.ts';
import {
  OperatorAuth,
  type OperatorAuthProps,
} from '../../../src/constructs/openbao/operator-auth.ts';
import { RateLimits } from '../../../src/constructs/openbao/rate-limits.ts';
import { named } from '../../../src/constructs/logical-id.ts';
import { Template } from '../template.ts';

const oidc: OperatorAuthProps['auth'] = {
  kind: 'oidc',
  discoveryUrl: 'https://id.example',
  clientId: 'backbone',
  redirectUris: ['https://192.0.2.20:8200/ui/vault/auth/operator/oidc/callback'],
  boundEmails: ['alice@example.org', 'bob@example.org'],
};

const build = (auth: OperatorAuthProps['auth'], from = ['203.0.113.7/32' as Cidr]) =>
  Template.of(
    (stack) =>
      new OperatorAuth(stack, 'operator', { path: 'operator', auth, policy: 'operator', from }),
  );

describe('operators with a password', () => {
  const template = build({ kind: 'userpass' });

  it('stay for an hour at most', () => {
    expect(template.resource('vault_auth_backend', 'operator')).toMatchObject({
      type: 'userpass',
      path: 'operator',
      tune: [{ default_lease_ttl: '1h', max_lease_ttl: '1h', token_type: 'default-service' }],
    });
  });

  it('get 24 characters of four kinds, made by the server', () => {
    const { policy } = template.resource('vault_password_policy', 'operator');
    expect(policy).toMatch(/^length = 24\n/);
    expect(String(policy).match(/min-chars = 1/g)).toHaveLength(4);
  });

  it('are not made by Terraform, in whose state the password would stand', () => {
    expect(template.types).toEqual(['vault_auth_backend', 'vault_password_policy']);
  });
});

describe('operators with single sign-on', () => {
  it('are named accounts, at their own addresses, without the default policy', () => {
    const template = build(oidc);
    expect(template.resource('vault_jwt_auth_backend_role', 'operator')).toMatchObject({
      role_type: 'oidc',
      user_claim: 'email',
      bound_audiences: ['backbone'],
      bound_claims: { email: 'alice@example.org,bob@example.org' },
      token_bound_cidrs: ['203.0.113.7/32'],
      token_no_default_policy: true,
      token_policies: ['operator'],
      token_max_ttl: 3600,
    });
    expect(template.text).not.toContain('client_secret');
  });

  it('are refused without an address, as that means "from anywhere" to the server', () => {
    expect(() => build(oidc, [])).toThrow(ConstructError);
    expect(() => build(oidc, [])).toThrow('stack/operator: no source address');
  });
});

describe('rate limits', () => {
  it('bound all requests, and AppRole logins more tightly', () => {
    const template = Template.of((stack) => {
      const approle = named(
        new AuthBackend(stack, 'approle', { type: 'approle', path: 'approle' }),
        'approle',
      );
      new RateLimits(stack, 'limits', {
        requests: 500,
        logins: 10,
        methods: { approle: approle.path },
      });
    });
    expect(template.resource('vault_quota_rate_limit', 'requests')).toMatchObject({ rate: 500 });
    expect(template.resource('vault_quota_rate_limit', 'requests')).not.toHaveProperty('path');
    expect(template.resource('vault_quota_rate_limit', 'approle-login')).toMatchObject({
      path: 'auth/${vault_auth_backend.approle.path}/login',
      rate: 10,
    });
  });
});
