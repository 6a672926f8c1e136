import { describe, expect, it } from 'vitest';
import { resolveBackbone } from '../../src/model/backbone.ts';
import { InfisicalStack } from '../../stacks/infisical.ts';
import { Template } from '../constructs/template.ts';
import { declare, type DeclarationInput } from '../fixtures/declaration.ts';
import { infisicalInput } from '../fixtures/infisical.ts';

const synth = (overrides: Partial<NonNullable<DeclarationInput['infisical']>> = {}) =>
  Template.ofStack((app) => {
    const infisical = { ...infisicalInput, ...overrides } as DeclarationInput['infisical'];
    const backbone = resolveBackbone(declare({ infisical }));
    if (backbone.infisical === undefined) throw new Error('it is switched on');
    return new InfisicalStack(app, backbone, backbone.infisical);
  });

describe('the stack infisical', () => {
  const template = synth();
  const names = (type: string) => Object.keys(template.all(type)).sort();

  it('logs in by Universal Auth from the environment, and holds no credential', () => {
    expect(template.provider).toEqual({
      infisical: [{ host: 'https://infisical.example.net:8443', auth: { universal: {} } }],
    });
    expect(template.text).not.toMatch(/client_secret"|"token"|infisical_secret"/);
    expect(template.text).not.toContain('universal_auth_client_secret');
  });

  it('makes the project protected, with the declared environments and no others', () => {
    expect(template.resource('infisical_project', 'homelab')).toMatchObject({
      should_create_default_envs: false,
      has_delete_protection: true,
      lifecycle: { prevent_destroy: true },
    });
    expect(template.resource('infisical_project_environment', 'prod')).toMatchObject({
      position: 1,
    });
    expect(template.resource('infisical_project_environment', 'dev')).toMatchObject({
      position: 2,
      depends_on: ['infisical_project_environment.prod'],
    });
  });

  it('makes each folder in its environments, those above first', () => {
    expect(names('infisical_secret_folder')).toEqual([
      ...['dev_ai', 'dev_apps', 'dev_apps_web'],
      ...['prod_ai', 'prod_apps', 'prod_apps_web', 'prod_ci'],
    ]);
    expect(template.resource('infisical_secret_folder', 'prod_apps_web')).toMatchObject({
      folder_path: '/apps',
      name: 'web',
      force_delete: false,
      depends_on: ['infisical_secret_folder.prod_apps'],
    });
  });

  it('gives an identity no role, and a privilege on exactly its folders', () => {
    const identities = ['github-web', 'terraform-agent'];
    expect(names('infisical_identity')).toEqual(identities);
    for (const name of identities) {
      expect(template.resource('infisical_identity', name)).toMatchObject({ role: 'no-access' });
      expect(template.resource('infisical_project_identity', name)).toMatchObject({
        roles: [{ role_slug: 'no-access' }],
      });
    }
    const privilege = template.resource(
      'infisical_project_identity_specific_privilege',
      'terraform-agent',
    );
    const read = { subject: 'secrets', action: ['describeSecret', 'readValue'] };
    expect(privilege).toMatchObject({
      permissions_v2: [
        {
          ...read,
          conditions: '{"environment":{"$eq":"prod"},"secretPath":{"$eq":"/ai"}}',
        },
        {
          ...read,
          conditions: '{"environment":{"$eq":"dev"},"secretPath":{"$eq":"/apps/web"}}',
        },
      ],
    });
    expect(template.text).not.toContain('$glob');
  });

  it('sets every limit of a login, and binds it to the sources of its consumer', () => {
    const sources = [{ ip_address: '198.51.100.0/28' }];
    expect(template.resource('infisical_identity_universal_auth', 'terraform-agent')).toMatchObject(
      {
        access_token_ttl: 900,
        access_token_max_ttl: 3600,
        access_token_num_uses_limit: 100,
        client_secret_trusted_ips: sources,
        access_token_trusted_ips: sources,
      },
    );
  });

  it('lets in one branch of one repository by OIDC', () => {
    expect(template.resource('infisical_identity_oidc_auth', 'github-web')).toMatchObject({
      bound_issuer: 'https://token.actions.githubusercontent.com',
      bound_subject: 'repo:example-org/web:ref:refs/heads/main',
      bound_audiences: ['https://github.com/example-org'],
      access_token_ttl: 900,
      access_token_max_ttl: 3600,
      access_token_num_uses_limit: 100,
    });
  });

  it('binds a younger repository by the ids that stand in its subject', () => {
    const web = {
      repository: 'example-org/web',
      ids: { repository: '42', owner: '7' },
      subject: { branch: 'main' },
      grants: [{ environment: 'prod', path: '/ci' }],
      accessToken: { ttl: '15m', maxTtl: '1h', numUses: 100 },
    };
    const younger = synth({ githubActions: { web } });
    expect(younger.resource('infisical_identity_oidc_auth', 'github-web')).toMatchObject({
      bound_subject: 'repo:example-org@7/web@42:ref:refs/heads/main',
    });
  });

  it('syncs without deleting, or within its own names', () => {
    expect(template.resource('infisical_secret_sync_github', 'web')).toMatchObject({
      sync_options: { disable_secret_deletion: true },
      destination_config: {
        scope: 'repository-environment',
        repository_environment: 'production',
      },
    });
    const [web] = Object.values(infisicalInput.githubSyncs ?? {});
    if (web === undefined) throw new Error('the fixture has a sync');
    const named = synth({ githubSyncs: { web: { ...web, keySchema: 'BB_{{secretKey}}' } } });
    expect(named.resource('infisical_secret_sync_github', 'web')).toMatchObject({
      sync_options: { disable_secret_deletion: false, key_schema: 'BB_{{secretKey}}' },
    });
  });

  it('on a free server trusts every address, and puts out the firewall that stands in', () => {
    const free = synth({ plan: 'free' });
    const anywhere = [{ ip_address: '0.0.0.0/0' }, { ip_address: '::/0' }];
    expect(free.resource('infisical_identity_universal_auth', 'terraform-agent')).toMatchObject({
      client_secret_trusted_ips: anywhere,
      access_token_trusted_ips: anywhere,
    });
    expect(free.outputs['infisical_firewall']).toMatchObject({
      value: [{ port: 8443, source: '198.51.100.0/28' }],
      description: expect.stringContaining('alone may reach') as string,
    });
  });
});

it('there is no stack where Infisical is off', () => {
  const off = resolveBackbone(declare());
  expect(off.infisical).toBeUndefined();
  expect(off.stacks).not.toContain('infisical');
});
