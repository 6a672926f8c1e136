import { execFile } from 'node:child_process';
import { createServer } from 'node:net';
import { promisify } from 'node:util';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { servedWorkspace } from './served-workspace.ts';
import { TestServer } from './server.ts';

const at = servedWorkspace();

const policy = `
resource "vault_policy" "a" {
  name   = "a"
  policy = "path \\"x\\" { capabilities = [\\"canary\\"] }"
}`;

describe('an error of the server', () => {
  it('is told with path and status, without the body of the request, and leaves no state', async () => {
    await at.workspace.write(policy);
    await at.workspace.init();
    const outcome = await at.workspace.tryApply();
    expect(outcome.exitCode).toBe(1);
    expect(outcome.text).toContain('OpenBao refused creating vault_policy');
    expect(outcome.text).toContain('PUT /v1/sys/policies/acl/a was answered with 400');
    expect((await at.workspace.state())['vault_policy.a']).toBeUndefined();
  });

  it('in the middle of a create leaves a tainted resource, which the next apply replaces', async () => {
    await at.server.call('POST', 'sys/auth/taint', { type: 'approle' });
    const role = (id: string) => `
resource "vault_approle_auth_backend_role" "a" {
  backend   = "taint"
  role_name = "a"
  role_id   = "${id}"
}`;
    await at.server.call('PUT', 'auth/taint/role/other', {});
    await at.server.call('PUT', 'auth/taint/role/other/role-id', { role_id: 'taken' });
    await at.workspace.write(role('taken'));
    await at.workspace.init();
    expect((await at.workspace.tryApply()).exitCode).toBe(1);
    expect(await at.workspace.stateText()).toContain('"status": "tainted"');
    await at.workspace.write(role('free'));
    expect((await at.workspace.apply()).text).toContain('1 added, 0 changed, 1 destroyed');
    await at.workspace.planClean();
  });

  it('while changing leaves the state as it was', async () => {
    const mount = (ttl: number) => `
resource "vault_mount" "a" {
  path                      = "fault"
  type                      = "kv"
  default_lease_ttl_seconds = ${String(ttl)}
  max_lease_ttl_seconds     = 3600
}`;
    await at.workspace.write(mount(60));
    await at.workspace.init();
    await at.workspace.apply();
    await at.workspace.write(mount(7200));
    expect((await at.workspace.tryApply()).exitCode).toBe(1);
    expect((await at.workspace.state())['vault_mount.a']?.['default_lease_ttl_seconds']).toBe(60);
    await at.workspace.ok('destroy', '-auto-approve', '-no-color');
  });
});

describe('a server that cannot be asked', () => {
  const read = 'data "vault_auth_backend" "a" { path = "token" }';

  it('is named, where nothing listens', async () => {
    await at.workspace.write(read);
    await at.workspace.withEnv({ VAULT_ADDR: 'https://127.0.0.1:1' }).init();
    const outcome = await at.workspace.tryApply();
    expect(outcome.exitCode).toBe(1);
    expect(outcome.text).toContain('https://127.0.0.1:1 cannot be reached');
  });

  it('is named, where its certificate is of an unknown authority', async () => {
    await at.workspace.write(read);
    await at.workspace.withEnv({ VAULT_CACERT: undefined }).init();
    const outcome = await at.workspace.tryApply();
    expect(outcome.exitCode).toBe(1);
    expect(outcome.text).toMatch(/cannot be reached: .*certificate/);
  });

  it('is refused, where its certificate is not to be checked', async () => {
    await at.workspace.write(read, 'skip_tls_verify = true');
    await at.workspace.init();
    const outcome = await at.workspace.tryApply();
    expect(outcome.exitCode).toBe(1);
    expect(outcome.text).toContain('never talks to a server that it cannot verify');
  });

  it('is known as sealed', async () => {
    const sealed = await TestServer.start();
    try {
      await sealed.call('PUT', 'sys/seal');
      await at.workspace.write(read);
      await at.workspace
        .withEnv({ VAULT_ADDR: sealed.address, VAULT_CACERT: sealed.caFile })
        .init();
      const outcome = await at.workspace.tryApply();
      expect(outcome.exitCode).toBe(1);
      expect(outcome.text).toContain('answered with 503');
      expect(outcome.text).toContain('The server is sealed');
    } finally {
      await sealed.stop();
    }
  });
});

describe('the process', () => {
  it('started by a person says what it is and ends', async () => {
    const { stdout } = await promisify(execFile)('find', [
      at.mirror,
      '-name',
      'terraform-provider-*',
    ]);
    const error: unknown = await promisify(execFile)(stdout.trim()).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 1, stderr: expect.stringContaining('STAND-IN') as string });
  });

  it('ends when Terraform is killed, also while the server keeps it waiting', async () => {
    const pids = await hangingPlan();
    process.kill(pids.terraform, 'SIGKILL');
    await gone(pids.provider);
    expect(await alive(pids.provider)).toBe(false);
  });

  it('survives the Ctrl-C that is meant for Terraform', async () => {
    const pids = await hangingPlan();
    process.kill(pids.provider, 'SIGINT');
    await delay(300);
    expect(await alive(pids.provider)).toBe(true);
    process.kill(pids.terraform, 'SIGKILL');
    await gone(pids.provider);
  });

  /** A plan against a server that accepts connections and never answers. */
  async function hangingPlan(): Promise<{ terraform: number; provider: number }> {
    let asked: () => void = () => undefined;
    const whenAsked = new Promise<void>((resolve) => (asked = resolve));
    const silent = createServer(() => {
      asked();
    });
    silent.unref();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };
    await at.workspace.write('data "vault_auth_backend" "a" { path = "token" }');
    await at.workspace.withEnv({ VAULT_ADDR: `http://127.0.0.1:${String(port)}` }).init();
    const run = at.workspace.start('plan', '-input=false', '-no-color');
    await whenAsked;
    const terraform = run.pid ?? 0;
    const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=']);
    const child = stdout
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/).map(Number))
      .find(([, parent]) => parent === terraform);
    return { terraform, provider: child?.[0] ?? 0 };
  }
});

async function alive(pid: number): Promise<boolean> {
  if (pid === 0) throw new Error('no such process was found');
  const { stdout } = await promisify(execFile)('ps', ['-o', 'stat=', '-p', String(pid)]).catch(
    () => ({ stdout: '' }),
  );
  return stdout.trim() !== '' && !stdout.trim().startsWith('Z');
}

async function gone(pid: number): Promise<void> {
  for (let attempt = 0; attempt < 200 && (await alive(pid)); attempt += 1) await delay(50);
}
