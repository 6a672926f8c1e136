import { describe, expect, it } from 'vitest';
import { resolveBackbone } from '../../src/model/backbone.ts';
import { EnginesStack } from '../../stacks/engines.ts';
import { OpenBaoStack } from '../../stacks/openbao.ts';
import { Template } from '../constructs/template.ts';
import { agent, declare, input, type DeclarationInput } from '../fixtures/declaration.ts';

const users = { memberOf: 'inventory_reader', ttl: '10m', maxTtl: '30m' };
const engines = {
  ssh: { roles: { deploy: { principals: ['deploy', 'ansible'], ttl: '5m' } } },
  databases: {
    inventory: {
      host: '192.0.2.60',
      database: 'inventory',
      username: 'backbone',
      roles: { reader: users },
    },
  },
  pki: { roles: { web: { domains: ['web-1.example.net'], ttl: '7d' } } },
} satisfies DeclarationInput['engines'];
const consumers: DeclarationInput['consumers'] = {
  ...input.consumers,
  builder: agent(
    '198.51.100.64/28',
    { ssh: 'deploy' },
    { database: 'inventory/reader' },
    { certificate: 'web' },
  ),
};
const backbone = resolveBackbone(declare({ engines, consumers }));

const synth = (given: DeclarationInput['engines'], protection = true) => {
  const declared = declare({
    consumers,
    engines: given,
    openbao: { ...input.openbao, protection },
  });
  const own = resolveBackbone(declared);
  return Template.ofStack((app) => {
    if (own.engines === undefined) throw new Error('no engines');
    return new EnginesStack(app, own, own.engines);
  });
};

describe('the stack engines', () => {
  const template = synth(engines);

  it('is none where nothing of it is declared', () => {
    expect(resolveBackbone(declare()).stacks).not.toContain('engines');
    expect(resolveBackbone(declare({ engines: {} })).engines).toBeUndefined();
    expect(backbone.stacks).toEqual(['host', 'aws-trust', 'openbao', 'engines']);
  });

  it('mounts what is declared and nothing else', () => {
    expect(Object.keys(template.all('vault_mount')).sort()).toEqual([
      'database',
      'pki-services',
      'ssh',
    ]);
    const own = resolveBackbone(declare({ engines: { pki: engines.pki } }));
    const only = Template.ofStack((app) => new EnginesStack(app, own, own.engines ?? never()));
    expect(Object.keys(only.all('vault_mount'))).toEqual(['pki-services']);
  });

  it('has no password and no key', () => {
    expect(template.text).not.toMatch(/"(private_key|password|password_wo|connection_url)"/);
    expect(template.resource('vault_ssh_secret_backend_ca', 'ssh')).toMatchObject({
      generate_signing_key: true,
      key_type: 'ed25519',
    });
  });

  it('binds an SSH role to one consumer: its addresses, the principals, no host, no wish of the caller', () => {
    expect(Object.keys(template.all('vault_ssh_secret_backend_role'))).toEqual(['deploy_builder']);
    expect(template.resource('vault_ssh_secret_backend_role', 'deploy_builder')).toMatchObject({
      allow_host_certificates: false,
      allow_user_key_ids: false,
      default_user: 'deploy,ansible',
      allowed_users: 'deploy,ansible',
      default_critical_options: { 'source-address': '198.51.100.64/28' },
      ttl: '300',
      max_ttl: '300',
    });
  });

  it('makes users that are members of one role, and removes them with their sessions', () => {
    const role = template.resource('vault_database_secret_backend_role', 'inventory_reader');
    expect(role).toMatchObject({ db_name: 'inventory', default_ttl: 600, max_ttl: 1800 });
    expect(JSON.stringify(role['creation_statements'])).toContain('IN ROLE \\"inventory_reader\\"');
    expect(JSON.stringify(role['revocation_statements'])).toContain('pg_terminate_backend');
  });

  it('is protected as the secrets are', () => {
    for (const [protection, expected] of [
      [true, true],
      [false, false],
    ] as const) {
      const mount = synth(engines, protection).resource('vault_mount', 'ssh');
      expect(mount).toMatchObject({ lifecycle: { prevent_destroy: expected } });
    }
  });
});

describe('the policies of the stack openbao', () => {
  const template = Template.ofStack((app) => new OpenBaoStack(app, backbone));
  const policy = (name: string) => String(template.resource('vault_policy', name)['policy']);

  it('let a consumer have what it is granted, by exact paths', () => {
    for (const path of [
      'ssh/sign/deploy_builder',
      'database/creds/inventory_reader',
      'pki-services/sign/web',
    ]) {
      expect(policy('consumer-builder')).toContain(`path "${path}"`);
      expect(policy('consumer-terraform-agent')).not.toContain(path);
    }
  });

  it('let Terraform make roles, and neither sign nor have users made', () => {
    const apply = policy('terraform-apply');
    expect(apply).toContain('path "ssh/roles/+"');
    expect(apply).not.toMatch(
      /path "(ssh\/sign|database\/creds|database\/config|pki-services\/sign)/,
    );
  });

  it('let a person connect a database', () => {
    expect(policy('operator')).toContain('path "database/config/inventory"');
    expect(policy('operator')).not.toContain('database/creds');
  });
});

function never(): never {
  throw new Error('no engines');
}
