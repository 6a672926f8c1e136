import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pythonEnvironment, pythonScript } from '../../../lab/parts/python.ts';
import { mintingDeployment, role, type Minting } from '../creds/minting.ts';
import type { ClientOptions } from '../deployed.ts';

let lab: Minting;
let agent: ClientOptions & { readonly home: string };
let cli: readonly [string, string];

beforeAll(async () => {
  lab = await mintingDeployment();
  cli = pythonScript(await pythonEnvironment(() => undefined), 'aws');
});
afterAll(() => lab.stop());
beforeEach(async () => {
  const home = await lab.home();
  agent = await lab
    .asAgent({ home, env: { TMPDIR: home, AWS_ENDPOINT_URL: lab.aws.url } })
    .then((options) => ({ ...options, home }));
});

const exec = (options: readonly string[], ...command: readonly string[]) =>
  lab.bundle(['exec', ...options, '--', ...command], agent);
const script = (text: string) => ['sh', '-c', text];
/** What `exec` made for its child and has to take away. */
const left = async () => (await readdir(agent.home)).filter((name) => name.startsWith('backbone-'));

describe('the child', () => {
  it('is the role to a real AWS CLI, and gets a new session when one is over', async () => {
    const call = `"${cli[0]}" "${cli[1]}" sts get-caller-identity --query Arn --output text`;
    // The cache is emptied in between: what comes then was minted for the running child.
    const cache = join(agent.home, '.cache', 'credential-backbone');
    const before = await lab.mints();
    const ran = await exec(['proxmox'], ...script(`${call} && rm -r "${cache}" && ${call}`));
    expect(ran, ran.stderr).toMatchObject({ exitCode: 0 });
    const [first, second] = ran.stdout.trim().split('\n');
    expect(first).toContain(`assumed-role/${role}/`);
    expect(second).toContain(`assumed-role/${role}/`);
    expect(second).not.toBe(first);
    expect((await lab.mints()) - before).toBe(2);
    expect(await left()).toEqual([]);
  });

  it('sees no token, no key of the parent, and the secrets that were asked for', async () => {
    const token = agent.env?.['BAO_TOKEN'] ?? '';
    const env = {
      ...agent.env,
      AWS_ACCESS_KEY_ID: 'AKIAPARENTPARENTPARE',
      AWS_SECRET_ACCESS_KEY: 'canary-parent',
      AWS_SESSION_TOKEN: 'canary-parent',
      VAULT_TOKEN: token,
    };
    const ran = await lab.bundle(
      ['exec', 'proxmox', '--with', 'unifi/tofu', '--', ...script('env; cat "$AWS_CONFIG_FILE"')],
      { ...agent, env },
    );
    expect(ran, ran.stderr).toMatchObject({ exitCode: 0 });
    const { username = '', password = '' } = lab.secrets['unifi/tofu'] ?? {};
    expect(ran.stdout).toContain(`UNIFI_USERNAME=${username}\n`);
    expect(ran.stdout).toContain(`UNIFI_PASSWORD=${password}\n`);
    expect(ran.stdout).toContain(`AWS_PROFILE=${role}\n`);
    expect(ran.stdout).toContain('credential_process = ');
    for (const gone of [token, 'canary-parent', 'AWS_ACCESS_KEY_ID', 'AWS_SESSION_TOKEN']) {
      expect(ran.stdout).not.toContain(gone);
    }
  });

  it('gets secrets alone, without an AWS identity', async () => {
    const ran = await exec(['--with', 'unifi/tofu'], ...script('env'));
    expect(ran.stdout).toContain('UNIFI_USERNAME=');
    expect(ran.stdout).not.toContain('AWS_PROFILE');
  });
});

describe('the exit status', () => {
  it.each([
    ['what the child says', ['sh', '-c', 'exit 37'], 37],
    ['128 + n for signal n', ['sh', '-c', 'kill -TERM $$'], 143],
    ['127 where there is no such program', ['/nonexistent/program'], 127],
    ['126 where it cannot be run', ['/etc/passwd'], 126],
  ])('is %s', async (_, command, status) => {
    const ran = await exec(['proxmox'], ...command);
    expect(ran, ran.stderr).toMatchObject({ exitCode: status });
    expect(ran.stderr).not.toContain('bug');
    expect(await left()).toEqual([]);
  });

  it('is 1 where there is no session or no secret, and then nothing was started', async () => {
    const mark = join(agent.home, 'started');
    for (const options of [['unifi'], ['proxmox', '--with', 'unifi/exporter'], []]) {
      const ran = await exec(options, 'touch', mark);
      expect(ran).toMatchObject({ exitCode: 1 });
      expect(ran.stderr).not.toContain('bug');
    }
    await expect(readFile(mark)).rejects.toThrow('ENOENT');
  });
});

describe('a signal', () => {
  it.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2'] as const)(
    '%s reaches the child, whose answer counts, and nothing is left behind',
    async (signal) => {
      const ready = join(agent.home, 'ready');
      const child = join(agent.home, 'child.cjs');
      await writeFile(
        child,
        `process.on('${signal}', () => process.exit(23));
setInterval(() => undefined, 1000);
require('node:fs').writeFileSync(${JSON.stringify(ready)}, '');`,
      );
      const running = await lab.started(['exec', 'proxmox', '--', process.execPath, child], agent);
      await present(ready);
      running.process.kill(signal);
      expect(await running.process).toMatchObject({ exitCode: 23 });
      expect(await left()).toEqual([]);
    },
  );
});

async function present(file: string): Promise<void> {
  while ((await readFile(file).catch(() => undefined)) === undefined) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
