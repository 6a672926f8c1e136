import { describe, expect, it } from 'vitest';
import { everything } from './configuration.ts';
import { servedWorkspace } from './served-workspace.ts';

const at = servedWorkspace({ destroy: true });

const policy = (name: string, capability: string) => `
resource "vault_policy" "reader" {
  name   = "${name}"
  policy = "path \\"kv/data/a\\" { capabilities = [\\"${capability}\\"] }"
}`;

describe('a resource, from birth to death', () => {
  it('is created, plans clean, changes in place, is replaced, and is destroyed', async () => {
    await at.workspace.write(policy('reader', 'read'));
    await at.workspace.init();
    const created = await at.workspace.apply();
    expect(created.text).toContain('1 added, 0 changed, 0 destroyed');
    expect(created.text).toContain('The vault provider is a stand-in');
    await at.workspace.planClean();

    await at.workspace.write(policy('reader', 'list'));
    expect((await at.workspace.apply()).text).toContain('0 added, 1 changed, 0 destroyed');
    expect((await at.server.data('sys/policies/acl/reader'))?.['policy']).toContain('list');

    const replaced = await at.workspace.apply('-replace=vault_policy.reader');
    expect(replaced.text).toContain('1 added, 0 changed, 1 destroyed');
    await at.workspace.write(policy('renamed', 'list'));
    const renamed = await at.workspace.apply();
    expect(renamed.text).toContain('# forces replacement');
    expect(await at.server.data('sys/policies/acl/reader')).toBeUndefined();

    await at.workspace.ok('destroy', '-auto-approve', '-no-color');
    expect(await at.server.data('sys/policies/acl/renamed')).toBeUndefined();
  });

  it('is repaired where someone changed it, and made again where someone deleted it', async () => {
    await at.workspace.write(`
resource "vault_mount" "kv" {
  path        = "drift"
  type        = "kv-v2"
  description = "declared"
}
resource "vault_identity_entity" "a" { name = "drift-a" }`);
    await at.workspace.init();
    await at.workspace.apply();
    await at.server.call('POST', 'sys/mounts/drift/tune', { description: 'by hand' });
    await at.server.call('DELETE', 'identity/entity/name/drift-a');
    const plan = await at.workspace.plan();
    expect(plan.text).toContain('"by hand" -> "declared"');
    expect(plan.text).toContain('vault_identity_entity.a will be created');
    await at.workspace.apply();
    await at.workspace.planClean();
    expect((await at.server.data('sys/mounts/drift'))?.['description']).toBe('declared');
  });

  it('is made anew with all that holds its certificate where a CA was taken away', async () => {
    await at.workspace.write(`
resource "vault_mount" "pki" {
  path                  = "lost-pki"
  type                  = "pki"
  max_lease_ttl_seconds = 315360000
}
resource "vault_pki_secret_backend_root_cert" "ca" {
  backend     = vault_mount.pki.path
  type        = "internal"
  common_name = "consumers"
  key_type    = "ec"
  key_bits    = 256
  ttl         = "157680000"
}
resource "vault_pki_secret_backend_role" "a" {
  backend             = vault_mount.pki.path
  name                = "a"
  ttl                 = "604800"
  not_before_duration = "5m"
  key_type            = "ec"
  key_bits            = 256
  allowed_domains     = ["a"]
  server_flag         = false
  depends_on          = [vault_pki_secret_backend_root_cert.ca]
}
resource "vault_auth_backend" "cert" {
  type = "cert"
  path = "lost-cert"
}
resource "vault_cert_auth_backend_role" "a" {
  backend     = vault_auth_backend.cert.path
  name        = "a"
  certificate = vault_pki_secret_backend_root_cert.ca.certificate
}`);
    await at.workspace.init();
    await at.workspace.apply();
    await at.workspace.planClean();
    expect(await at.server.data('lost-pki/roles/a')).toMatchObject({
      ttl: 604_800,
      not_before_duration: 300,
      server_flag: false,
      client_flag: true,
    });
    const made = (await at.workspace.state())['vault_pki_secret_backend_root_cert.ca'];
    expect(made).not.toHaveProperty('private_key');
    await at.server.call('DELETE', `lost-pki/issuer/${String(made?.['issuer_id'])}`);
    const plan = await at.workspace.plan();
    expect(plan.text).toContain('vault_pki_secret_backend_root_cert.ca must be replaced');
    expect(plan.text).toContain('vault_cert_auth_backend_role.a must be replaced');
    await at.workspace.apply();
    await at.workspace.planClean();
  });

  it('is moved with what it holds when its path changes, unless remounting is switched off', async () => {
    const mount = (path: string) => `
resource "vault_mount" "kv" {
  path = "${path}"
  type = "kv"
}
resource "vault_auth_backend" "a" {
  type            = "approle"
  path            = "${path}-auth"
  disable_remount = true
}`;
    await at.workspace.write(mount('before'));
    await at.workspace.init();
    await at.workspace.apply();
    await at.server.call('PUT', 'before/x', { kept: 'yes' });
    await at.workspace.write(mount('after'));
    const plan = await at.workspace.plan();
    expect(plan.text).toContain('vault_mount.kv will be updated in-place');
    expect(plan.text).toContain('vault_auth_backend.a must be replaced');
    await at.workspace.apply();
    expect(await at.server.data('after/x')).toEqual({ kept: 'yes' });
    await at.workspace.planClean();
  });

  it('is imported by command and by block, and then plans clean', async () => {
    await at.server.call('PUT', 'sys/policies/acl/reader', {
      policy: 'path "kv/data/a" { capabilities = ["read"] }',
    });
    await at.workspace.write(policy('reader', 'read'));
    await at.workspace.init();
    await at.workspace.ok('import', '-no-color', 'vault_policy.reader', 'reader');
    await at.workspace.planClean();
    await at.workspace.ok('state', 'rm', 'vault_policy.reader');
    await at.workspace.write(
      `${policy('reader', 'read')}\nimport {\n  to = vault_policy.reader\n  id = "reader"\n}`,
    );
    expect((await at.workspace.apply()).text).toContain(
      '1 imported, 0 added, 0 changed, 0 destroyed',
    );
  });

  it('is refused an import under an id of another form', async () => {
    await at.workspace.write(`
resource "vault_approle_auth_backend_role" "a" { role_name = "a" }`);
    await at.workspace.init();
    const outcome = await at.workspace.run(
      ...['import', '-no-color', 'vault_approle_auth_backend_role.a', 'just-a'],
    );
    expect(outcome.exitCode).toBe(1);
    expect(outcome.text).toContain('it has the form auth/{backend}/role/{role_name}');
  });
});

describe('what flows through a configuration', () => {
  it('comes out at the server as it stands there: line breaks, quotes, templates, other alphabets', async () => {
    const text = 'a\n"b" \'c\' \\d $${e} %%{f} é ☃ \u{1f511} <g>&amp;\t;`rm -rf`';
    const expected = text.replace('$${', '${').replace('%%{', '%{');
    await at.workspace.write(`
resource "vault_mount" "kv" {
  path        = "hostile"
  type        = "kv-v2"
  description = ${JSON.stringify(text)}
}
resource "vault_identity_entity" "a" {
  name     = "hostile $\{replace("x/y", "/", "-")}"
  metadata = { note = ${JSON.stringify(text)} }
}
resource "vault_kv_secret_v2" "a" {
  mount                = vault_mount.kv.path
  name                 = "dir/a b%2f?c"
  data_json_wo         = jsonencode({ note = ${JSON.stringify(text)} })
  data_json_wo_version = 1
}`);
    await at.workspace.init();
    await at.workspace.apply();
    expect((await at.server.data('sys/mounts/hostile'))?.['description']).toBe(expected);
    const entity = await at.server.data('identity/entity/name/hostile%20x-y');
    expect(entity?.['metadata']).toEqual({ note: expected });
    expect(await at.server.data('hostile/data/dir/a%20b%252f%3Fc')).toMatchObject({
      data: { note: expected },
    });
    await at.workspace.planClean();
  });

  it('may be unknown until it is applied, also inside other text', async () => {
    await at.workspace.write(`
resource "vault_auth_backend" "a" {
  type = "approle"
  path = "unknowns"
}
resource "vault_approle_auth_backend_role" "a" {
  backend   = vault_auth_backend.a.path
  role_name = "a"
}
resource "vault_identity_entity" "a" {
  name     = "unknowns"
  metadata = { role = "pre-$\{vault_approle_auth_backend_role.a.role_id}" }
}
resource "vault_identity_entity_alias" "a" {
  name           = vault_approle_auth_backend_role.a.role_id
  mount_accessor = vault_auth_backend.a.accessor
  canonical_id   = vault_identity_entity.a.id
}
data "vault_approle_auth_backend_role_id" "a" {
  backend   = vault_auth_backend.a.path
  role_name = vault_approle_auth_backend_role.a.role_name
}
data "vault_auth_backend" "a" { path = vault_auth_backend.a.path }`);
    await at.workspace.init();
    await at.workspace.apply();
    await at.workspace.planClean();
    const state = await at.workspace.state();
    const roleId = state['vault_approle_auth_backend_role.a']?.['role_id'];
    expect(state['vault_identity_entity.a']?.['metadata']).toEqual({
      role: `pre-${String(roleId)}`,
    });
    expect(state['data.vault_approle_auth_backend_role_id.a']?.['role_id']).toBe(roleId);
    expect(state['data.vault_auth_backend.a']?.['accessor']).toMatch(/^auth_approle_/);
  });
});

it('knows all of the configuration that it is compared by, where the real provider is at hand', async () => {
  for (const version of [1, 2] as const) {
    await at.workspace.write(everything(version));
    await at.workspace.init();
    expect((await at.workspace.ok('validate', '-no-color')).text).toContain('is valid');
  }
});
