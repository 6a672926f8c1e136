import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { servedWorkspace } from './served-workspace.ts';

const canary = 'canary-7d1f';
const at = servedWorkspace({
  destroy: true,
  prepare: (server) => server.call('POST', 'sys/mounts/kv', { type: 'kv-v2' }),
});

/** Everything that Terraform left in its directory, save the provider's own files. */
async function leftBehind(): Promise<string> {
  const names = (await readdir(at.workspace.directory)).filter((name) =>
    /tfstate|\.bin$/.test(name),
  );
  const files = await Promise.all(
    names.map((name) => readFile(join(at.workspace.directory, name))),
  );
  return Buffer.concat(files).toString('latin1');
}

const written = (version: number, value: string) => `
variable "value" {
  ephemeral = true
  default   = "${value}"
}
resource "vault_kv_secret_v2" "a" {
  mount                = "kv"
  name                 = "deep/path/a"
  data_json_wo         = jsonencode({ password = var.value })
  data_json_wo_version = ${String(version)}
  custom_metadata {
    max_versions = 4
    data         = { owner = "ops" }
  }
}`;

describe('a write-only secret', () => {
  it('reaches the server and neither state nor plan, and is written again only with a new version', async () => {
    await at.workspace.write(written(1, `${canary}-1`));
    await at.workspace.init();
    await at.workspace.ok('plan', '-no-color', '-out=plan.bin');
    await at.workspace.ok('apply', '-no-color', 'plan.bin');
    expect(await at.server.data('kv/data/deep/path/a')).toMatchObject({
      data: { password: `${canary}-1` },
      metadata: { custom_metadata: { owner: 'ops' } },
    });
    expect(await leftBehind()).not.toContain(canary);
    await at.workspace.planClean();

    await at.workspace.write(written(1, `${canary}-2`));
    await at.workspace.planClean();
    await at.workspace.write(written(2, `${canary}-2`));
    await at.workspace.apply();
    expect(await at.server.data('kv/data/deep/path/a')).toMatchObject({
      data: { password: `${canary}-2` },
    });
    expect(await leftBehind()).not.toContain(canary);
  });

  it('is refused where it is no JSON object, without being shown', async () => {
    await at.workspace.write(`
resource "vault_kv_secret_v2" "a" {
  mount        = "kv"
  name         = "b"
  data_json_wo = "${canary}"
}`);
    await at.workspace.init();
    const outcome = await at.workspace.tryApply();
    expect(outcome.exitCode).toBe(1);
    expect(outcome.text).toContain('data_json_wo is no JSON object');
    expect(outcome.text).not.toContain(canary);
  });
});

describe('an ephemeral secret', () => {
  it('is there while Terraform runs and in no file afterwards', async () => {
    await at.server.call('PUT', 'kv/data/source', { data: { password: canary } });
    await at.workspace.write(`
ephemeral "vault_kv_secret_v2" "source" {
  mount = "kv"
  name  = "source"
}
resource "vault_kv_secret_v2" "copy" {
  mount                = "kv"
  name                 = "copy"
  data_json_wo         = jsonencode({ password = ephemeral.vault_kv_secret_v2.source.data.password })
  data_json_wo_version = 1
}`);
    await at.workspace.init();
    await at.workspace.ok('plan', '-no-color', '-out=plan.bin');
    await at.workspace.ok('apply', '-no-color', 'plan.bin');
    expect(await at.server.data('kv/data/copy')).toMatchObject({ data: { password: canary } });
    expect(await leftBehind()).not.toContain(canary);
  });
});

describe('the data source of a secret', () => {
  it('reads it, hides it in the output, and has it in the state, as its documentation warns', async () => {
    await at.server.call('PUT', 'kv/data/source', { data: { password: canary, number: 5 } });
    await at.workspace.write(`
data "vault_kv_secret_v2" "source" {
  mount = "kv"
  name  = "source"
}
output "length" { value = nonsensitive(length(data.vault_kv_secret_v2.source.data.password)) }
output "number" { value = nonsensitive(data.vault_kv_secret_v2.source.data.number) }`);
    await at.workspace.init();
    const { text } = await at.workspace.apply();
    expect(text).toContain(`length = ${String(canary.length)}`);
    expect(text).toContain('number = "5"');
    expect(text).not.toContain(canary);
    expect(await at.workspace.stateText()).toContain(canary);
  });

  it('says where there is none', async () => {
    await at.workspace.write(`
data "vault_kv_secret_v2" "source" {
  mount = "kv"
  name  = "nowhere"
}`);
    await at.workspace.init();
    const outcome = await at.workspace.tryApply();
    expect(outcome.exitCode).toBe(1);
    expect(outcome.text).toContain('no secret at kv/data/nowhere');
  });
});

describe('the token of the provider', () => {
  it('is exchanged for a child token, which is gone after 20 minutes', async () => {
    await at.workspace.write(
      `
resource "vault_policy" "a" {
  name   = "child"
  policy = "path \\"x\\" { capabilities = [\\"read\\"] }"
}`,
      '',
    );
    await at.workspace.init();
    const accessors = async () =>
      ((await at.server.call('LIST', 'auth/token/accessors')).body.data?.['keys'] as string[])
        .length;
    const before = await accessors();
    await at.workspace.apply();
    expect(await accessors()).toBeGreaterThan(before);
  });

  it('is in no message, also where it is refused', async () => {
    await at.workspace.write('data "vault_auth_backend" "a" { path = "token" }');
    await at.workspace.withEnv({ VAULT_TOKEN: canary }).init();
    const outcome = await at.workspace.tryApply();
    expect(outcome.exitCode).toBe(1);
    expect(outcome.text).toContain('GET /v1/auth/token/lookup-self was answered with 403');
    expect(outcome.text).not.toContain(canary);
  });
});
