import { mkdtemp, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addresses, deploy, type Deployed } from '../deployed.ts';
import { startSshd, type Sshd } from './sshd.ts';

let deployed: Deployed;
let sshd: Sshd;
let token: string;

const role = (principals: string[], ttl: string) => ({ principals, ttl });

beforeAll(async () => {
  deployed = await deploy({
    engines: {
      ssh: {
        roles: {
          deploy: role(['deploy'], '5m'),
          backup: role(['backup'], '5m'),
          brief: role(['deploy'], '1s'),
        },
      },
    },
    grants: {
      'terraform-agent': [{ ssh: 'deploy' }, { ssh: 'backup' }, { ssh: 'brief' }],
      // sshd sees the loopback's own address, which is not that of this consumer.
      'plan-runner': [{ ssh: 'deploy' }],
      alice: [{ ssh: 'deploy' }],
    },
  });
  const authority = await authorityKey();
  sshd = await startSshd(join(deployed.directory, 'sshd'), authority, ['deploy', 'ansible']);
  token = await deployed.tokenOf('terraform-agent');
});
afterAll(async () => {
  await sshd.stop();
  await deployed.stop();
});

async function authorityKey(): Promise<string> {
  const { stdout } = await deployed.bundle(['ssh', '--authority'], {
    consumer: 'terraform-agent',
    localAddress: addresses['terraform-agent'],
  });
  return stdout;
}

/** The client, as terraform-agent; the connection to sshd goes out from `from`. */
async function client(args: readonly string[], from: string = addresses['terraform-agent']) {
  const options = [...sshd.options, `BindAddress=${from}`];
  return deployed.bundle(['ssh', ...options.flatMap((option) => ['--option', option]), ...args], {
    consumer: 'terraform-agent',
    localAddress: addresses['terraform-agent'],
    env: { BAO_TOKEN: token },
  });
}

const target = () => `${sshd.user}@127.0.0.1`;

/** A certificate of that role, signed by the API, in files that the test keeps. */
async function signed(name: string, as: 'terraform-agent' | 'plan-runner' = 'terraform-agent') {
  const directory = await mkdtemp(join(deployed.directory, 'kept-'));
  const key = join(directory, 'key');
  await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  const answer = await deployed.admin(
    'POST',
    `ssh/sign/${name}_${as}`,
    { public_key: await readFile(`${key}.pub`, 'utf8') },
    { token: await deployed.tokenOf(as), from: addresses[as] },
  );
  const { signed_key } = answer['data'] as { signed_key: string };
  await writeFile(`${key}-cert.pub`, signed_key);
  return key;
}

function login(key: string, from: string = addresses['terraform-agent']) {
  const options = [
    ...sshd.options,
    'IdentitiesOnly=yes',
    'IdentityAgent=none',
    `BindAddress=${from}`,
  ];
  return execa(
    'ssh',
    ['-F', '/dev/null', '-i', key, ...options.flatMap((one) => ['-o', one]), target(), 'echo in'],
    { reject: false },
  );
}

/** Names of directories that a run of the client may have left. */
const left = async () =>
  (await readdir('/dev/shm').catch(() => [])).filter((name) => name.startsWith('backbone-'));

describe('backbone ssh', () => {
  it('logs into a host that trusts the authority, and leaves no key', async () => {
    const before = await left();
    const outcome = await client(['--role', 'deploy', target(), '--', 'echo', 'logged', 'in']);
    expect(outcome).toMatchObject({ exitCode: 0, stdout: 'logged in\n' });
    expect(await sshd.log()).toContain('terraform-agent-');
    expect(await left()).toEqual(before);
  });

  it("gives the command's exit status", async () => {
    expect(await client(['--role', 'deploy', target(), '--', 'exit', '7'])).toMatchObject({
      exitCode: 7,
    });
  });

  it('does not log in with the principal of another kind of work', async () => {
    const { exitCode, stderr } = await client(['--role', 'backup', target(), '--', 'true']);
    expect(exitCode).toBe(255);
    expect(stderr).toContain('Permission denied');
  });

  it('does not log in from another address, although key and certificate are there', async () => {
    const { exitCode, stderr } = await client(
      ['--role', 'deploy', target(), '--', 'true'],
      addresses.thief,
    );
    expect(exitCode).toBe(255);
    expect(stderr).toContain('Permission denied');
    expect(await sshd.log()).toMatch(/not from a permitted source address/i);
  });

  it('says which certificates there are where none is named', async () => {
    const { exitCode, stderr } = await client([target()]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('name one: backup, brief, deploy');
  });

  it('runs a command with an agent that holds the key, whose own key is on no disk', async () => {
    const options = [...sshd.options, `BindAddress=${addresses['terraform-agent']}`];
    const { exitCode, stdout, stderr } = await deployed.bundle(
      [
        ...['ssh', '--agent', '--role', 'deploy', '--', 'sh', '-c'],
        `ssh-add -l; ls "$(dirname "$SSH_AUTH_SOCK")"; exec ssh -F /dev/null ${options.map((one) => `-o ${one}`).join(' ')} ${target()} echo by agent`,
      ],
      {
        consumer: 'terraform-agent',
        localAddress: addresses['terraform-agent'],
        env: { BAO_TOKEN: token },
      },
    );
    expect(stderr).not.toContain('backbone:');
    expect({ exitCode, stdout }).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/ED25519-CERT[^]*\nagent\nby agent\n$/) as string,
    });
  });

  it('lets an operator have the certificates of the machine that she sits at', async () => {
    const outcome = await deployed.bundle(['ssh', '--agent', '--', 'ssh-add', '-l'], {
      localAddress: addresses.alice,
      env: { BAO_TOKEN: await deployed.operatorToken() },
    });
    expect(outcome).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('alice-deploy (ED25519-CERT)') as string,
    });
  });
});

describe('a certificate', () => {
  it('logs in while it is valid, and no longer after its end', async () => {
    const [long, brief] = await Promise.all([signed('deploy'), signed('brief')]);
    const { stdout } = await execa('ssh-keygen', ['-L', '-f', `${brief}-cert.pub`]);
    const end = /to (\S+)/.exec(stdout)?.[1];
    // sshd counts in seconds, and lets the last one count.
    while (Date.now() < new Date(end ?? '').getTime() + 1500) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const late = await login(brief);
    expect(late.stderr).toContain('Permission denied');
    expect(await sshd.log()).toMatch(/Certificate invalid: expired/);
    expect(await login(long)).toMatchObject({ stdout: 'in' });
  });

  it('is bound to the addresses of its own consumer', async () => {
    const key = await signed('deploy', 'plan-runner');
    expect((await login(key)).stderr).toContain('Permission denied');
    expect(await login(key, addresses['plan-runner'])).toMatchObject({ stdout: 'in' });
  });

  it('is of users: it names one kind of work, and what a session may have', async () => {
    const key = await signed('deploy');
    const { stdout } = await execa('ssh-keygen', ['-L', '-f', `${key}-cert.pub`]);
    expect(stdout).toMatch(/Type: ssh-ed25519-cert-v01@openssh\.com user certificate/);
    expect(stdout).toMatch(/Principals:\s+deploy\s+Critical Options:/);
    expect(stdout).toContain(`source-address ${addresses['terraform-agent']}/32`);
    expect(stdout).toMatch(/Extensions:\s+permit-pty\s*$/);
  });
});

describe('the SSH engine', () => {
  const sign = async (path: string, body: object, as: 'terraform-agent' | 'plan-runner') =>
    deployed
      .ask({
        method: 'POST',
        path,
        body,
        token: await deployed.tokenOf(as),
        from: addresses[as],
      })
      .then(({ status }) => status);
  let public_key: string;
  beforeAll(async () => {
    const key = join(deployed.directory, 'asked');
    await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
    public_key = await readFile(`${key}.pub`, 'utf8');
  });

  it.each<readonly [string, string, object]>([
    ['principals of its own choice', 'deploy_terraform-agent', { valid_principals: 'root' }],
    ['a life of its own choice', 'deploy_terraform-agent', { ttl: '12h' }],
    ['no source address', 'deploy_terraform-agent', { critical_options: {} }],
    [
      'further extensions',
      'deploy_terraform-agent',
      { extensions: { 'permit-X11-forwarding': '' } },
    ],
    ['a host certificate', 'deploy_terraform-agent', { cert_type: 'host' }],
    ['the role of another consumer', 'deploy_plan-runner', {}],
  ])('refuses a consumer %s', async (_, name, more) => {
    const body = { public_key, ...more };
    expect(await sign(`ssh/sign/${name}`, body, 'terraform-agent')).toBe(403);
  });

  it('signs the plain request, which those above are near', async () => {
    expect(await sign('ssh/sign/deploy_terraform-agent', { public_key }, 'terraform-agent')).toBe(
      200,
    );
  });

  it('signs no key of another type', async () => {
    const key = join(deployed.directory, 'rsa');
    await execa('ssh-keygen', ['-q', '-t', 'rsa', '-b', '2048', '-N', '', '-f', key]);
    const body = { public_key: await readFile(`${key}.pub`, 'utf8') };
    expect(await sign('ssh/sign/deploy_terraform-agent', body, 'terraform-agent')).toBe(400);
  });

  it('gives its own key to nobody, not even to whoever configures it', async () => {
    const answer = await deployed.admin('GET', 'ssh/config/ca');
    expect(JSON.stringify(answer)).not.toContain('PRIVATE');
  });
});
