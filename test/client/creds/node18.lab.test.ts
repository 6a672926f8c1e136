import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { node18 } from '../../../lab/parts/node18.ts';
import { clientCommands } from '../../../src/client/names.ts';
import { bundleEnv } from '../deployed/bundle.ts';
import { mintingDeployment, type Minting, type Printed } from './minting.ts';

/** npm has no Node 18 for macOS on ARM: there, nothing of this can be shown. */
const node = await node18(() => undefined);

describe.skipIf(node === undefined)('the bundle under Node 18', () => {
  let lab: Minting;
  let env: Record<string, string>;
  beforeAll(async () => {
    lab = await mintingDeployment();
    const options = await lab.asAgent();
    const contract = await lab.contractFile('terraform-agent');
    env = bundleEnv({ ...options, home: await lab.home(), contract });
  });
  afterAll(() => lab.stop());

  const run = (...args: readonly string[]) =>
    execa(node?.path ?? '', [join(lab.directory, 'backbone-client.cjs'), ...args], {
      ...{ env, extendEnv: false, reject: false, stdin: 'ignore' },
    });

  it('is that Node', async () => {
    expect((await execa(node?.path ?? '', ['-v'])).stdout).toMatch(/^v18\./);
  });

  it.each(clientCommands)('loads %s', async (command) => {
    const help = await run(command, '--help');
    expect(help, help.stderr).toMatchObject({ exitCode: 0, stderr: '' });
    expect(help.stdout).toContain(`backbone ${command}`);
  });

  it('mints a session, gives the cached one, and writes its profile', async () => {
    const first = await run('creds', 'aws', 'proxmox');
    expect(first, first.stderr).toMatchObject({ exitCode: 0, stderr: '' });
    const second = await run('creds', 'aws', 'proxmox');
    expect(second.stdout).toBe(first.stdout);
    expect(await lab.mints()).toBe(1);
    const session = JSON.parse(first.stdout) as Printed;
    expect(await lab.aws.aws(session, 'sts', 'get-caller-identity')).toMatchObject({ exitCode: 0 });
    expect(await run('aws-config')).toMatchObject({ exitCode: 0 });
  });

  it('runs a program with a secret, and says what is wrong without a stack', async () => {
    const ran = await run('exec', 'proxmox', '--with', 'unifi/tofu', '--', 'env');
    expect(ran, ran.stderr).toMatchObject({ exitCode: 0 });
    expect(ran.stdout).toContain('UNIFI_PASSWORD=canary-');
    const refused = await run('creds', 'aws', 'nonesuch');
    expect(refused).toMatchObject({ exitCode: 1, stdout: '' });
    expect(refused.stderr).not.toContain(' at ');
  });
});
