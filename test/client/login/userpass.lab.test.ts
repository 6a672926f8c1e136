import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isAlive } from '../acts.ts';
import { addresses, deploy, type Deployed } from '../deployed.ts';

let deployed: Deployed;
let home: string;
beforeAll(async () => {
  deployed = await deploy();
});
afterAll(() => deployed.stop());
beforeEach(async () => {
  home = await deployed.home();
});

const alice = (env: Record<string, string> = {}) => ({ localAddress: addresses.alice, home, env });
const login = (...options: readonly string[]) =>
  deployed.bundle(['login', '--user', 'alice', ...options], {
    ...alice(),
    input: `${deployed.operator.password}\n`,
  });
const file = () => join(home, '.local/state/credential-backbone/token');
const stored = () =>
  readFile(file(), 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  );

describe('login by password', () => {
  it('keeps a token of an hour for its owner alone, and other commands find it', async () => {
    const done = await login();
    expect(done).toMatchObject({ exitCode: 0, stdout: '' });
    const token = (await stored()) ?? '';
    expect((await stat(file())).mode & 0o777).toBe(0o600);
    for (const secret of [token, deployed.operator.password]) {
      expect(done.stderr).not.toContain(secret);
    }
    const { data } = await deployed.admin('POST', 'auth/token/lookup', { token });
    expect((data as { ttl: number }).ttl).toBeLessThanOrEqual(3600);
    const issued = await deployed.bundle(
      ['secret-id', 'issue', 'unpoller', '--out', join(home, 'out')],
      alice(),
    );
    expect(issued).toMatchObject({ exitCode: 0 });
  });

  it('asks on a terminal without an echo', async () => {
    const { env, file: bundle } = await deployed.environment(alice({ BACKBONE_USER: 'alice' }));
    // Types the password when it is asked for, and gives on everything that the terminal showed.
    const typist = `
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0: os.execv(sys.argv[1], sys.argv[1:])
shown, typed = b'', False
while True:
    try: some = os.read(terminal, 1024)
    except OSError: break
    if not some: break
    shown += some
    if not typed and b'Password of alice: ' in shown:
        os.write(terminal, os.environ['TYPED'].encode() + b'\\r')
        typed = True
sys.stdout.buffer.write(shown)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;
    const { exitCode, stdout } = await execa(
      'python3',
      ['-c', typist, process.execPath, bundle, 'login'],
      { env: { ...env, TYPED: deployed.operator.password }, extendEnv: false, reject: false },
    );
    expect(exitCode).toBe(0);
    expect(stdout).toContain('logged in');
    expect(stdout).not.toContain(deployed.operator.password);
    expect(await isAlive(deployed, (await stored()) ?? '', addresses.alice)).toBe(true);
  });

  it('revokes the token before it', async () => {
    await login();
    const before = (await stored()) ?? '';
    await login();
    expect(await isAlive(deployed, before, addresses.alice)).toBe(false);
    expect(await isAlive(deployed, (await stored()) ?? '', addresses.alice)).toBe(true);
  });

  it.each<readonly [string, readonly string[], string, string]>([
    ['a wrong password', ['--user', 'alice'], 'wrong-canary-password\n', 'refused'],
    ['an empty one', ['--user', 'alice'], '\n', 'is empty'],
    ['a name that is a path', ['--user', '../../sys/x'], 'x\n', 'name of an operator'],
    ['endless input', ['--user', 'alice'], 'x'.repeat(1_000_000), 'more than a password'],
  ])('refuses %s, and keeps nothing', async (_, options, input, says) => {
    const done = await deployed.bundle(['login', ...options], { ...alice(), input });
    expect(done.exitCode).toBe(1);
    expect(done.stderr).toContain(says);
    expect(done.stderr).not.toContain('wrong-canary-password');
    expect(await stored()).toBeUndefined();
  });

  it('refuses a token that lives longer than an hour, and revokes it', async () => {
    await deployed.admin('POST', 'sys/auth/operator/tune', { max_lease_ttl: '4h' });
    await deployed.admin('POST', 'auth/operator/users/bob', {
      password: 'canary-bob',
      token_policies: ['operator'],
      token_ttl: '2h',
    });
    const tokens = async () =>
      ((await deployed.admin('LIST', 'auth/token/accessors'))['data'] as { keys: string[] }).keys;
    const before = await tokens();
    const done = await deployed.bundle(['login', '--user', 'bob'], {
      ...alice(),
      input: 'canary-bob\n',
    });
    expect(done.exitCode).toBe(1);
    expect(done.stderr).toContain('an hour at most');
    expect(await tokens()).toEqual(before);
    expect(await stored()).toBeUndefined();
  });
});

describe('logout', () => {
  it('revokes the token and removes it', async () => {
    await login();
    const token = (await stored()) ?? '';
    expect(await deployed.bundle(['logout'], alice())).toMatchObject({ exitCode: 0 });
    expect(await stored()).toBeUndefined();
    expect(await isAlive(deployed, token, addresses.alice)).toBe(false);
    const again = await deployed.bundle(['logout'], alice());
    expect(again).toMatchObject({ exitCode: 0 });
    expect(again.stderr).toContain('nobody is logged in');
  });

  it('tells when it could not revoke, and removes it all the same', async () => {
    await login();
    const contract = await deployed.contractFile(undefined, (real) => ({
      ...real,
      openbao: { ...real.openbao, addresses: [deployed.deadAddress] },
    }));
    const done = await deployed.bundle(['logout'], { ...alice(), contract });
    expect(done.exitCode).toBe(1);
    expect(done.stderr).toContain('could not be revoked');
    expect(await stored()).toBeUndefined();
  });
});

describe('login --keychain', () => {
  /** A double of secret-tool: keeps one value in a file, and writes down how it was called. */
  async function secretTool(): Promise<string> {
    const bin = join(home, 'bin');
    await mkdir(bin);
    const script = `#!/bin/sh
echo "$@" >> "$(dirname "$0")/calls"
kept="$(dirname "$0")/kept"
case "$1" in
  store) cat > "$kept" ;;
  lookup) cat "$kept" ;;
  clear) rm -f "$kept" ;;
esac
`;
    await writeFile(join(bin, 'secret-tool'), script);
    await chmod(join(bin, 'secret-tool'), 0o755);
    return bin;
  }

  it.runIf(process.platform === 'linux')(
    'keeps it there alone, and never as an argument',
    async () => {
      const bin = await secretTool();
      const env = { PATH: `${bin}:${process.env['PATH'] ?? ''}` };
      const input = `${deployed.operator.password}\n`;
      const args = ['login', '--user', 'alice', '--keychain'];
      const done = await deployed.bundle(args, { ...alice(env), input });
      expect(done).toMatchObject({ exitCode: 0 });
      const token = await readFile(join(bin, 'kept'), 'utf8');
      expect(await isAlive(deployed, token, addresses.alice)).toBe(true);
      expect(await stored()).toBeUndefined();
      expect(await readFile(join(bin, 'calls'), 'utf8')).not.toContain(token);
      expect(await readFile(`${file()}.keychain`, 'utf8')).not.toContain(token);

      const out = join(home, 'out');
      const issue = ['secret-id', 'issue', 'unpoller', '--out', out];
      expect(await deployed.bundle(issue, alice(env))).toMatchObject({ exitCode: 0 });
      expect(await deployed.bundle(['logout'], alice(env))).toMatchObject({ exitCode: 0 });
      expect(await isAlive(deployed, token, addresses.alice)).toBe(false);
      await expect(stat(join(bin, 'kept'))).rejects.toThrow();
    },
  );

  it.runIf(process.platform === 'linux')('says so where there is none', async () => {
    const bin = join(home, 'empty');
    await mkdir(bin);
    const done = await deployed.bundle(['login', '--user', 'alice', '--keychain'], {
      ...alice({ PATH: bin }),
      input: `${deployed.operator.password}\n`,
    });
    expect(done.exitCode).toBe(1);
    expect(done.stderr).toContain('log in without --keychain');
  });
});
