import { describe, expect, it } from 'vitest';
import type { Cidr, Seconds } from '../../../src/config/brands.ts';
import { ConstructError } from '../../../src/constructs/construct-error.ts';
import {
  authorityTtl,
  CertificateAuthority,
} from '../../../src/constructs/openbao/certificate-authority.ts';
import {
  CertificateLogin,
  type CertificateRoleProps,
} from '../../../src/constructs/openbao/certificate-login.ts';
import { document, Template } from '../template.ts';

const week = 604_800 as Seconds;

const authority = (ttl = week, protection?: boolean) =>
  Template.of((stack) => {
    new CertificateAuthority(stack, 'pki', {
      path: 'pki',
      commonName: 'credential-backbone consumers',
      description: 'Signs the client certificates of consumers',
      protection,
    }).addLeafRole({ roleName: 'enrol-unpoller', names: ['unpoller'], use: 'client', ttl });
  });

describe('the certificate authority', () => {
  const template = authority();

  it('makes its key inside OpenBao: the state gets no key', () => {
    expect(template.resource('vault_pki_secret_backend_root_cert', 'pki')).toMatchObject({
      backend: '${vault_mount.pki.path}',
      type: 'internal',
      key_type: 'ec',
      key_bits: 256,
    });
  });

  it('signs no further CA', () => {
    expect(template.resource('vault_pki_secret_backend_root_cert', 'pki')).toMatchObject({
      max_path_length: 0,
    });
  });

  it('lives for ten years, which its mount allows', () => {
    expect(authorityTtl).toBe(10 * 365 * 86_400);
    expect(template.resource('vault_pki_secret_backend_root_cert', 'pki')).toMatchObject({
      ttl: String(authorityTtl),
    });
    expect(template.resource('vault_mount', 'pki')).toMatchObject({
      type: 'pki',
      max_lease_ttl_seconds: authorityTtl,
    });
  });

  it('goes only after its protection was taken away', () => {
    for (const [type, given, expected] of [
      ['vault_mount', undefined, true],
      ['vault_mount', false, false],
      ['vault_pki_secret_backend_root_cert', undefined, true],
      ['vault_pki_secret_backend_root_cert', false, false],
    ] as const) {
      expect(authority(week, given).resource(type, 'pki')['lifecycle']).toEqual({
        prevent_destroy: expected,
      });
    }
  });

  it('tidies expired certificates away', () => {
    const tidy = template.resource('vault_generic_endpoint', 'tidy-pki');
    expect(tidy).toMatchObject({ path: 'pki/config/auto-tidy', disable_delete: true });
    expect(document(tidy['data_json'])).toMatchObject({ enabled: true, tidy_cert_store: true });
  });
});

describe('a client role', () => {
  const role = authority().resource('vault_pki_secret_backend_role', 'enrol-unpoller');

  it('signs one name, which the request has to have itself', () => {
    expect(role).toMatchObject({
      allowed_domains: ['unpoller'],
      allow_bare_domains: true,
      require_cn: true,
      use_csr_common_name: true,
    });
  });

  it.each([
    'allow_any_name',
    'allow_glob_domains',
    'allow_ip_sans',
    'allow_localhost',
    'allow_subdomains',
    'allow_wildcard_certificates',
    'use_csr_sans',
  ])('widens the name by nothing: %s', (option) => {
    expect(role).toHaveProperty(option, false);
  });

  it('is for clients and nothing else', () => {
    expect(role).toMatchObject({
      client_flag: true,
      server_flag: false,
      code_signing_flag: false,
      email_protection_flag: false,
      key_usage: ['DigitalSignature'],
      ext_key_usage: ['ClientAuth'],
    });
  });

  it('has one life, in seconds, that no request can lengthen', () => {
    expect(role).toMatchObject({ ttl: '604800', max_ttl: '604800' });
  });

  it('remembers its certificates, so that they can be revoked', () => {
    expect(role).toMatchObject({ no_store: false });
  });

  it('waits for the CA', () => {
    expect(role['depends_on']).toEqual(['vault_pki_secret_backend_root_cert.pki']);
  });

  it('is refused where the CA would not outlive its certificates', () => {
    expect(() => authority((authorityTtl - 1) as Seconds)).not.toThrow();
    expect(() => authority(authorityTtl as Seconds)).toThrow(ConstructError);
    expect(() => authority(authorityTtl as Seconds)).toThrow('would outlive their CA');
  });
});

const login = (overrides: Partial<CertificateRoleProps> = {}) =>
  Template.of((stack) => {
    new CertificateLogin(stack, 'cert', { path: 'cert', authority: 'the CA' }).addRole({
      roleName: 'unpoller',
      commonName: 'unpoller',
      entityId: 'its entity',
      policies: ['consumer-unpoller', 'renew-unpoller'],
      from: ['192.0.2.40/32' as Cidr],
      tokenTtl: 900 as Seconds,
      tokenMaxTtl: 3600 as Seconds,
      ...overrides,
    });
  });

describe('a certificate login', () => {
  const template = login();
  const role = template.resource('vault_cert_auth_backend_role', 'unpoller');

  it('believes one CA and one name', () => {
    expect(role).toMatchObject({
      backend: '${vault_auth_backend.cert.path}',
      name: 'unpoller',
      certificate: 'the CA',
      allowed_common_names: ['unpoller'],
    });
  });

  it('is bound to the source addresses', () => {
    expect(role).toMatchObject({ token_bound_cidrs: ['192.0.2.40/32'] });
  });

  it('gives a token that can be revoked, without the default policy', () => {
    expect(role).toMatchObject({
      token_type: 'service',
      token_no_default_policy: true,
      token_policies: ['consumer-unpoller', 'renew-unpoller'],
      token_ttl: 900,
      token_max_ttl: 3600,
    });
  });

  it('is the same identity as the other login', () => {
    expect(template.resource('vault_identity_entity_alias', 'unpoller_certificate')).toMatchObject({
      name: 'unpoller',
      canonical_id: 'its entity',
      mount_accessor: '${vault_auth_backend.cert.accessor}',
    });
  });

  it('is refused without a source address', () => {
    expect(() => login({ from: [] })).toThrow(ConstructError);
    expect(() => login({ from: [] })).toThrow('stack/cert/unpoller: no source address');
  });

  it('is refused with a token life that the server would quietly cut', () => {
    expect(() => login({ tokenMaxTtl: 3601 as Seconds })).toThrow('above the 3600 s');
  });
});
