import { describe, expect, it } from 'vitest';
import { resolveBackbone } from '../../src/model/backbone.ts';
import { OpenBaoStack } from '../../stacks/openbao.ts';
import { Template } from '../constructs/template.ts';
import { declare, input, type DeclarationInput } from '../fixtures/declaration.ts';

const synth = (overrides: Partial<DeclarationInput> = {}) =>
  Template.ofStack((app) => new OpenBaoStack(app, resolveBackbone(declare(overrides))));

describe('the stack openbao', () => {
  const template = synth();
  const names = (type: string) => Object.keys(template.all(type)).sort();
  const consumers = Object.keys(input.consumers);
  const program = ['responder', 'secret-id-issuer', 'terraform-apply', 'terraform-plan'];
  // The one container among them; the others live for one start.
  const enrolled = 'unpoller';

  it('needs no right to make child tokens', () => {
    expect(template.provider).toMatchObject({
      vault: [{ address: 'https://192.0.2.20:8200', skip_child_token: true }],
    });
    expect(JSON.stringify(template.provider)).not.toContain('"token"');
  });

  it('verifies TLS, whatever VAULT_SKIP_VERIFY says', () => {
    expect(template.provider).toMatchObject({ vault: [{ skip_tls_verify: false }] });
  });

  it('has an AppRole, an entity and an alias for each consumer and each identity of the program', () => {
    const expected = [...consumers, ...program].sort();
    expect(names('vault_approle_auth_backend_role')).toEqual(expected);
    expect(names('vault_identity_entity')).toEqual(expected);
    expect(names('vault_identity_entity_alias')).toEqual(
      [...expected, `${enrolled}_certificate`].sort(),
    );
  });

  it('has a policy for each of them, and one for operators', () => {
    expect(names('vault_policy')).toEqual(
      [
        ...consumers.map((name) => `consumer-${name}`),
        ...['enrol', 'renew'].map((way) => `${way}-${enrolled}`),
        ...program,
        'operator',
      ].sort(),
    );
  });

  it.each([
    ['terraform-apply', '192.0.2.30/32'],
    ['terraform-plan', '192.0.2.31/32'],
    ['secret-id-issuer', '192.0.2.32/32'],
    ['responder', '192.0.2.33/32'],
  ])('binds %s to its address, for the time of a run', (name, from) => {
    expect(template.resource('vault_approle_auth_backend_role', name)).toMatchObject({
      token_bound_cidrs: [from],
      secret_id_bound_cidrs: [from],
      token_policies: [`\${vault_policy.${name}.name}`],
      token_max_ttl: 1800,
      secret_id_ttl: 600,
    });
  });

  it('gives each AppRole its own policy and no other', () => {
    for (const name of consumers.filter((each) => each !== enrolled)) {
      expect(template.resource('vault_approle_auth_backend_role', name)).toMatchObject({
        token_policies: [`\${vault_policy.consumer-${name}.name}`],
      });
    }
  });

  it('lets a container enrol by its SecretID, and renew by its certificate alone', () => {
    const own = '${vault_policy.consumer-unpoller.name}';
    expect(template.resource('vault_approle_auth_backend_role', enrolled)).toMatchObject({
      token_policies: [own, '${vault_policy.enrol-unpoller.name}'],
    });
    expect(template.resource('vault_cert_auth_backend_role', enrolled)).toMatchObject({
      token_policies: [own, '${vault_policy.renew-unpoller.name}'],
      token_bound_cidrs: ['192.0.2.40/32'],
      token_ttl: 900,
      token_max_ttl: 3600,
    });
    expect(names('vault_pki_secret_backend_role')).toEqual(['enrol-unpoller', 'renew-unpoller']);
  });

  it('gives no certificate to what lives for one start', () => {
    expect(names('vault_cert_auth_backend_role')).toEqual([enrolled]);
  });

  it('signs for as long as is declared', () => {
    const unpoller = { ...input.consumers['unpoller'], certificateTtl: '30d' };
    const longer = synth({
      consumers: { ...input.consumers, unpoller } as DeclarationInput['consumers'],
    });
    for (const role of ['enrol-unpoller', 'renew-unpoller']) {
      expect(template.resource('vault_pki_secret_backend_role', role)).toMatchObject({
        ttl: '604800',
        max_ttl: '604800',
      });
      expect(longer.resource('vault_pki_secret_backend_role', role)).toMatchObject({
        ttl: '2592000',
        max_ttl: '2592000',
      });
    }
  });

  it('keeps arrivals by check-and-set, and some of them', () => {
    expect(template.resource('vault_kv_secret_backend_v2', 'arrivals')).toMatchObject({
      cas_required: true,
      max_versions: 10,
    });
  });

  it('protects what consumers stand on: secrets, their CA and their arrivals', () => {
    const guarded = [
      ['vault_mount', 'kv'],
      ['vault_mount', 'arrivals'],
      ['vault_mount', 'pki'],
      ['vault_pki_secret_backend_root_cert', 'pki'],
    ] as const;
    const open = synth({ openbao: { ...input.openbao, protection: false } });
    for (const [type, name] of guarded) {
      expect(template.resource(type, name)['lifecycle']).toEqual({ prevent_destroy: true });
      expect(open.resource(type, name)['lifecycle']).toEqual({ prevent_destroy: false });
    }
  });

  it('limits logins by either way', () => {
    expect(names('vault_quota_rate_limit')).toEqual(['approle-login', 'cert-login', 'requests']);
  });

  it('has an engine role for each profile, and metadata for each secret', () => {
    expect(names('vault_aws_secret_backend_role')).toEqual(['tf-audit', 'tf-proxmox', 'tf-unifi']);
    expect(names('vault_generic_endpoint')).toEqual([
      'metadata-unifi_exporter',
      'metadata-unifi_tofu',
      'tidy-pki',
    ]);
  });

  it('limits every auth method to an hour', () => {
    for (const method of Object.values(template.all('vault_auth_backend'))) {
      expect(method).toMatchObject({ tune: [{ max_lease_ttl: '1h' }] });
    }
  });

  it.each([
    ...['aws', 'kv', 'approle', 'operator', 'limits', 'vault', 'consumer-alice'],
    ...['pki', 'cert', 'arrivals', 'enrol-unpoller', 'cert-unpoller', 'unpoller-certificate'],
  ])('takes a consumer by the name of something else: %s', (name) => {
    const other = { ...input.consumers['unpoller'] } as DeclarationInput['consumers'][string];
    const grown = synth({ consumers: { ...input.consumers, [name]: other } });
    expect(Object.keys(grown.all('vault_approle_auth_backend_role'))).toContain(name);
  });

  it('takes the session endpoints of the declaration', () => {
    const aws = { ...input.aws, endpoints: { sts: 'https://sts.lab.example' } };
    expect(synth({ aws }).resource('vault_aws_secret_backend', 'aws')).toMatchObject({
      sts_endpoint: 'https://sts.lab.example',
      sts_region: 'us-east-2',
    });
  });
});
