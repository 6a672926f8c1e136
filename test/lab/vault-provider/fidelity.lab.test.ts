import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { everything, importIds } from './configuration.ts';
import { mirrorOf, realProvider, standInMirror } from './mirrors.ts';
import { TestServer } from './server.ts';
import { Workspace } from './workspace.ts';

const real = await realProvider();
if (real === undefined) {
  console.warn(
    'skipped: the stand-in is not compared, as no real provider hashicorp/vault 5.6.0 is on this ' +
      'machine (BACKBONE_PROVIDERS names a mirror that has it)',
  );
}

/** Null, "", 0, false and empty are one for the SDK of the real provider, in the state, too. */
function withoutZeros(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutZeros);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, withoutZeros(item)] as const);
  return Object.fromEntries(
    entries.filter(([, item]) => {
      if (item === null || item === '' || item === 0 || item === false) return false;
      return !(typeof item === 'object' && Object.keys(item).length === 0);
    }),
  );
}

const lostCa = 'vault_pki_secret_backend_root_cert.plain';

interface ResourceChange {
  readonly address: string;
  readonly change: { readonly actions: readonly string[]; readonly before: unknown };
}

async function changes(workspace: Workspace): Promise<readonly ResourceChange[]> {
  await workspace.plan('-out=plan.bin');
  const { stdout } = await workspace.ok('show', '-json', 'plan.bin');
  const plan = JSON.parse(stdout) as { resource_changes: readonly ResourceChange[] };
  return plan.resource_changes;
}

/** What a plan would do, by address. */
async function actions(workspace: Workspace): Promise<Record<string, string>> {
  const planned = await changes(workspace);
  return Object.fromEntries(planned.map(({ address, change }) => [address, change.actions.join()]));
}

describe.skipIf(real === undefined)('the stand-in and the real provider 5.6.0', () => {
  let server: TestServer;
  let mirrors: Record<'real' | 'stand-in', string>;

  beforeAll(async () => {
    server = await TestServer.start({ aws: true });
    mirrors = { real: await mirrorOf(real ?? ''), 'stand-in': await standInMirror() };
  });

  afterAll(async () => {
    await server.stop();
    await Promise.all(Object.values(mirrors).map((each) => rm(each, { recursive: true })));
  });

  describe.each([
    ['real', 'stand-in'],
    ['stand-in', 'real'],
  ] as const)('applied by the %s one, then taken over by the %s one', (first, second) => {
    let workspace: Workspace;
    const use = async (which: 'real' | 'stand-in') => {
      await workspace.useMirror(mirrors[which]);
      await workspace.init();
    };

    beforeAll(async () => {
      workspace = await Workspace.create(server, mirrors[first]);
      await workspace.write(everything(1));
      await workspace.init();
      await workspace.apply();
    });

    afterAll(async () => {
      await workspace.ok('destroy', '-auto-approve', '-no-color');
      await workspace.remove();
    });

    it('plans no change by either', async () => {
      await workspace.planClean();
      await use(second);
      await workspace.planClean();
    });

    it('refreshes to the same state by both', async () => {
      await use(first);
      await workspace.apply('-refresh-only');
      const own = await workspace.state();
      await use(second);
      await workspace.apply('-refresh-only');
      expect(withoutZeros(await workspace.state())).toEqual(withoutZeros(own));
    });

    it('plans the same actions for a changed configuration, and one applies it for both', async () => {
      await workspace.write(everything(2));
      await use(first);
      const own = await actions(workspace);
      await use(second);
      expect(await actions(workspace)).toEqual(own);
      await workspace.apply();
      await use(first);
      await workspace.planClean();
      await workspace.write(everything(1));
      await workspace.apply();
    });

    it('sees the same drift', async () => {
      await server.call('PUT', 'sys/policies/acl/consumer-a', { policy: '# other' });
      await server.call('PUT', 'auth/approle/role/consumer-a', { token_ttl: 60 });
      await server.call('DELETE', 'sys/quotas/rate-limit/requests');
      await server.call('DELETE', 'aws/roles/tf-proxmox');
      await server.call('POST', 'sys/mounts/auth/approle/tune', { max_lease_ttl: '9m' });
      await server.call('POST', 'sys/mounts/kv/tune', { description: 'other' });
      await server.call('PUT', 'pki/roles/enrol-consumer-a', { key_type: 'any' });
      const { issuer_id } = (await workspace.state())[lostCa] ?? {};
      await server.call('DELETE', `pki/issuer/${String(issuer_id)}`);
      await use(first);
      const own = await actions(workspace);
      await use(second);
      expect(await actions(workspace)).toEqual(own);
      expect(own['vault_quota_rate_limit.requests']).toBe('create');
      expect(own[lostCa]).toBe('delete,create');
      await workspace.apply();
      await workspace.planClean();
    });
  });

  it('import the same state, and plan the same after it', async () => {
    const origin = await Workspace.create(server, mirrors.real);
    await origin.write(everything(1));
    await origin.init();
    await origin.apply();
    const made = await origin.state();
    const entities = ['vault_identity_entity.consumer', 'vault_identity_entity_alias.consumer'];
    const ids = { ...importIds, ...Object.fromEntries(entities.map((a) => [a, made[a]?.['id']])) };
    const imports = Object.entries(ids).map(
      ([address, id]) => `import {\n  to = ${address}\n  id = "${String(id)}"\n}\n`,
    );
    const imported: Record<string, unknown> = {};
    for (const which of ['real', 'stand-in'] as const) {
      const workspace = await Workspace.create(server, mirrors[which]);
      await workspace.write(everything(1) + imports.join(''));
      await workspace.init();
      // What an import has found stands in the plan as the state before it.
      imported[which] = (await changes(workspace)).map(({ address, change }) => ({
        address,
        actions: change.actions,
        before: withoutZeros(change.before),
      }));
      await workspace.remove();
    }
    expect(imported['stand-in']).toEqual(imported['real']);
    await origin.ok('destroy', '-auto-approve', '-no-color');
    await origin.remove();
  });

  it('read the same from a secret, as a data source and as an ephemeral resource', async () => {
    await server.call('POST', 'sys/mounts/reads', { type: 'kv-v2' });
    await server.call('POST', 'sys/auth/reads', { type: 'approle' });
    await server.call('PUT', 'auth/reads/role/a', {});
    await server.call('PUT', 'reads/data/a', { data: { text: '<a> & "b"', list: ['x', 1] } });
    await server.call('PUT', 'reads/data/b', { data: { text: '<a> & "b"' } });
    await server.call('PUT', 'reads/metadata/b', { custom_metadata: { owner: 'ops' } });
    const found: Record<string, unknown> = {};
    for (const which of ['real', 'stand-in'] as const) {
      const workspace = await Workspace.create(server, mirrors[which]);
      await workspace.write(reads(which));
      await workspace.init();
      await workspace.apply();
      const state = await workspace.state();
      const data = Object.entries(state).filter(([address]) => address.startsWith('data.'));
      const copy = await server.data(`reads/data/copy-${which}`);
      await workspace.write(reads(which).replace('name  = "b"', 'name  = "a"'));
      const { exitCode } = await workspace.run('plan', '-no-color');
      found[which] = {
        data: withoutZeros(Object.fromEntries(data)),
        copy: copy?.['data'],
        ofList: exitCode,
      };
      await workspace.remove();
    }
    expect(found['stand-in']).toEqual(found['real']);
    expect(found['real']).toMatchObject({ copy: { text: '<a> & "b"' }, ofList: 1 });
  });
});

const reads = (which: string) => `
data "vault_kv_secret_v2" "a" {
  mount = "reads"
  name  = "a"
}
data "vault_kv_secret_v2" "b" {
  mount   = "reads"
  name    = "b"
  version = 1
}
data "vault_approle_auth_backend_role_id" "a" {
  backend   = "reads"
  role_name = "a"
}
data "vault_auth_backend" "a" { path = "reads" }
ephemeral "vault_kv_secret_v2" "b" {
  mount = "reads"
  name  = "b"
}
resource "vault_kv_secret_v2" "copy" {
  mount                = "reads"
  name                 = "copy-${which}"
  delete_all_versions  = true
  data_json_wo_version = 1
  data_json_wo = jsonencode({
    text     = ephemeral.vault_kv_secret_v2.b.data.text
    json     = ephemeral.vault_kv_secret_v2.b.data_json
    metadata = jsonencode(ephemeral.vault_kv_secret_v2.b.custom_metadata)
    created  = ephemeral.vault_kv_secret_v2.b.created_time
  })
}`;
