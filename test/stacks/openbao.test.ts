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
  const program = ['secret-id-issuer', 'terraform-apply', 'terraform-plan'];

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
    expect(names('vault_identity_entity_alias')).toEqual(expected);
  });

  it('has a policy for each of them, and one for operators', () => {
    expect(names('vault_policy')).toEqual(
      [...consumers.map((name) => `consumer-${name}`), ...program, 'operator'].sort(),
    );
  });

  it.each([
    ['terraform-apply', '192.0.2.30/32'],
    ['terraform-plan', '192.0.2.31/32'],
    ['secret-id-issuer', '192.0.2.32/32'],
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
    for (const name of consumers) {
      expect(template.resource('vault_approle_auth_backend_role', name)).toMatchObject({
        token_policies: [`\${vault_policy.consumer-${name}.name}`],
      });
    }
  });

  it('has an engine role for each profile, and metadata for each secret', () => {
    expect(names('vault_aws_secret_backend_role')).toEqual(['tf-audit', 'tf-proxmox', 'tf-unifi']);
    expect(names('vault_generic_endpoint')).toEqual([
      'metadata-unifi_exporter',
      'metadata-unifi_tofu',
    ]);
  });

  it('limits every auth method to an hour', () => {
    for (const method of Object.values(template.all('vault_auth_backend'))) {
      expect(method).toMatchObject({ tune: [{ max_lease_ttl: '1h' }] });
    }
  });

  it.each(['aws', 'kv', 'approle', 'operator', 'limits', 'vault', 'consumer-alice'])(
    'takes a consumer by the name of something else: %s',
    (name) => {
      const other = { ...input.consumers['unpoller'] } as DeclarationInput['consumers'][string];
      const grown = synth({ consumers: { ...input.consumers, [name]: other } });
      expect(Object.keys(grown.all('vault_approle_auth_backend_role'))).toContain(name);
    },
  );

  it('takes the session endpoints of the declaration', () => {
    const aws = { ...input.aws, endpoints: { sts: 'https://sts.lab.example' } };
    expect(synth({ aws }).resource('vault_aws_secret_backend', 'aws')).toMatchObject({
      sts_endpoint: 'https://sts.lab.example',
      sts_region: 'us-east-2',
    });
  });
});
