import { rm } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { standInMirror } from './mirrors.ts';
import { TestServer } from './server.ts';
import { Workspace } from './workspace.ts';

let server: TestServer;
let mirror: string;
let workspace: Workspace;

beforeAll(async () => {
  server = await TestServer.start();
  mirror = await standInMirror();
});

afterAll(async () => {
  await server.stop();
  await rm(mirror, { recursive: true, force: true });
});

beforeEach(async () => {
  workspace = await Workspace.create(server, mirror);
});

afterEach(async () => {
  await workspace.run('destroy', '-auto-approve', '-no-color');
  await workspace.remove();
});

const policy = (name: string, capability: string) => `
resource "vault_policy" "reader" {
  name   = "${name}"
  policy = "path \\"kv/data/a\\" { capabilities = [\\"${capability}\\"] }"
}`;

describe('a resource, from birth to death', () => {
  it('is created, plans clean, changes in place, is replaced, and is destroyed', async () => {
    await workspace.write(policy('reader', 'read'));
    await workspace.init();
    const created = await workspace.apply();
    expect(created.text).toContain('1 added, 0 changed, 0 destroyed');
    expect(created.text).toContain('The vault provider is a stand-in');
    await workspace.planClean();

    await workspace.write(policy('reader', 'list'));
    expect((await workspace.apply()).text).toContain('0 added, 1 changed, 0 destroyed');
    expect((await server.data('sys/policies/acl/reader'))?.['policy']).toContain('list');

    const replaced = await workspace.apply('-replace=vault_policy.reader');
    expect(replaced.text).toContain('1 added, 0 changed, 1 destroyed');
    await workspace.write(policy('renamed', 'list'));
    const renamed = await workspace.apply();
    expect(renamed.text).toContain('# forces replacement');
    expect(await server.data('sys/policies/acl/reader')).toBeUndefined();

    await workspace.ok('destroy', '-auto-approve', '-no-color');
    expect(await server.data('sys/policies/acl/renamed')).toBeUndefined();
  });

  it('is repaired where someone changed it, and made again where someone deleted it', async () => {
    await workspace.write(`
resource "vault_mount" "kv" {
  path        = "drift"
  type        = "kv-v2"
  description = "declared"
}
resource "vault_identity_entity" "a" { name = "drift-a" }`);
    await workspace.init();
    await workspace.apply();
    await server.call('POST', 'sys/mounts/drift/tune', { description: 'by hand' });
    await server.call('DELETE', 'identity/entity/name/drift-a');
    const plan = await workspace.plan();
    expect(plan.text).toContain('"by hand" -> "declared"');
    expect(plan.text).toContain('vault_identity_entity.a will be created');
    await workspace.apply();
    await workspace.planClean();
    expect((await server.data('sys/mounts/drift'))?.['description']).toBe('declared');
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
    await workspace.write(mount('before'));
    await workspace.init();
    await workspace.apply();
    await server.call('PUT', 'before/x', { kept: 'yes' });
    await workspace.write(mount('after'));
    const plan = await workspace.plan();
    expect(plan.text).toContain('vault_mount.kv will be updated in-place');
    expect(plan.text).toContain('vault_auth_backend.a must be replaced');
    await workspace.apply();
    expect(await server.data('after/x')).toEqual({ kept: 'yes' });
    await workspace.planClean();
  });

  it('is imported by command and by block, and then plans clean', async () => {
    await server.call('PUT', 'sys/policies/acl/reader', {
      policy: 'path "kv/data/a" { capabilities = ["read"] }',
    });
    await workspace.write(policy('reader', 'read'));
    await workspace.init();
    await workspace.ok('import', '-no-color', 'vault_policy.reader', 'reader');
    await workspace.planClean();
    await workspace.ok('state', 'rm', 'vault_policy.reader');
    await workspace.write(
      `${policy('reader', 'read')}\nimport {\n  to = vault_policy.reader\n  id = "reader"\n}`,
    );
    expect((await workspace.apply()).text).toContain('1 imported, 0 added, 0 changed, 0 destroyed');
  });

  it('is refused an import under an id of another form', async () => {
    await workspace.write(`
resource "vault_approle_auth_backend_role" "a" { role_name = "a" }`);
    await workspace.init();
    const outcome = await workspace.run(
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
    await workspace.write(`
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
    await workspace.init();
    await workspace.apply();
    expect((await server.data('sys/mounts/hostile'))?.['description']).toBe(expected);
    const entity = await server.data('identity/entity/name/hostile%20x-y');
    expect(entity?.['metadata']).toEqual({ note: expected });
    expect(await server.data('hostile/data/dir/a%20b%252f%3Fc')).toMatchObject({
      data: { note: expected },
    });
    await workspace.planClean();
  });

  it('may be unknown until it is applied, also inside other text', async () => {
    await workspace.write(`
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
    await workspace.init();
    await workspace.apply();
    await workspace.planClean();
    const state = await workspace.state();
    const roleId = state['vault_approle_auth_backend_role.a']?.['role_id'];
    expect(state['vault_identity_entity.a']?.['metadata']).toEqual({
      role: `pre-${String(roleId)}`,
    });
    expect(state['data.vault_approle_auth_backend_role_id.a']?.['role_id']).toBe(roleId);
    expect(state['data.vault_auth_backend.a']?.['accessor']).toMatch(/^auth_approle_/);
  });
});
