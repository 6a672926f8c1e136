import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { terraformPlatform } from '../../../lab/providers/find.ts';
import { buildStandIn } from '../../../lab/vault-provider/build.ts';
import { TestServer } from './server.ts';
import { Workspace } from './workspace.ts';

let server: TestServer;
let mirror: string;
let workspace: Workspace;

beforeAll(async () => {
  server = await TestServer.start();
  mirror = await mkdtemp(join(tmpdir(), 'vault-provider-mirror-'));
  await buildStandIn(
    join(mirror, 'registry.terraform.io', 'hashicorp', 'vault', '5.6.0', terraformPlatform),
  );
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

describe('a policy, from birth to death', () => {
  const policy = (capability: string) => `
resource "vault_policy" "reader" {
  name   = "reader"
  policy = "path \\"kv/data/a\\" { capabilities = [\\"${capability}\\"] }"
}`;

  it('is created, plans clean, changes in place, is repaired, and is destroyed', async () => {
    await workspace.write(policy('read'));
    await workspace.init();
    const created = await workspace.apply();
    expect(created.text).toContain('Apply complete! Resources: 1 added');
    expect(created.text).toContain('stand-in');
    expect((await workspace.plan()).exitCode).toBe(0);
    await workspace.write(policy('list'));
    expect((await workspace.apply()).text).toContain('0 added, 1 changed, 0 destroyed');
    expect((await server.data('sys/policies/acl/reader'))?.['policy']).toContain('list');
    await workspace.ok('destroy', '-auto-approve', '-no-color');
    expect(await server.data('sys/policies/acl/reader')).toBeUndefined();
  });
});
