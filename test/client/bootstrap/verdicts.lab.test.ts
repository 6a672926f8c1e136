import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { approlePaths } from '../../../src/model/names.ts';
import { addresses, deploy, type Deployed } from '../deployed.ts';
import { fileOf, isAlive, issue, steal, tryLogin, type ConsumerName } from './delivering.ts';

let deployed: Deployed;
beforeAll(async () => {
  deployed = await deploy();
});
afterAll(() => deployed.stop());

/** A start of a consumer's host. */
async function boot(
  home: string,
  args: readonly string[] = [],
  options: { consumer?: ConsumerName; env?: Record<string, string>; from?: string } = {},
) {
  const { consumer = 'unpoller', env = {}, from = addresses[consumer] } = options;
  const outcome = await deployed.bundle(['bootstrap', '--json', '--wait', '0', ...args], {
    home,
    consumer,
    localAddress: from,
    env,
  });
  const lines = outcome.stdout.trimEnd().split('\n');
  expect(lines).toHaveLength(1);
  const report = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
  expect(report).toMatchObject({ version: 1, exit: outcome.exitCode, consumer });
  expect(outcome.stderr).not.toContain('    at ');
  const alarms = await readdir(join(home, 'consumer', 'alarms')).catch(() => []);
  return { ...outcome, report, alarms };
}

async function arrivalOf(consumer: ConsumerName) {
  const { body } = await deployed.ask({ method: 'GET', path: `arrivals/data/${consumer}` });
  return (body['data'] as { data?: Record<string, string> } | undefined)?.data;
}

describe('delivered', () => {
  it('logs in, says that it arrived, enrols, and leaves nothing of the token', async () => {
    const home = await deployed.home();
    const sent = await issue(deployed, 'unpoller');
    const file = await fileOf(deployed, sent);

    const { exitCode, report, stderr, alarms } = await boot(home, ['--token-file', file]);

    expect(exitCode, stderr).toBe(0);
    expect(report).toMatchObject({
      verdict: 'delivered',
      credential: 'secret-id',
      accessor: sent.accessor,
    });
    expect(stderr).toContain('unpoller: delivered');
    expect(alarms).toEqual([]);
    expect(existsSync(file)).toBe(false);
    expect(await isAlive(deployed, sent)).toBe(false);
    expect(await arrivalOf('unpoller')).toMatchObject({
      secret_id_accessor: sent.accessor,
      by: 'certificate',
    });
    const { mode } = await stat(join(home, 'consumer', 'client.pem'));
    expect(mode & 0o777).toBe(0o600);
  });

  it.each([
    ['BAO_WRAPPED_SECRET_ID', 'env'],
    ['a systemd credential', 'credential'],
    ['a NoCloud seed', 'seed'],
    ['a descriptor', 'fd'],
    ['a bare token in a file', 'bare'],
  ])('takes the token from %s', async (_, way) => {
    const home = await deployed.home();
    const sent = await issue(deployed, 'unpoller');
    const env: Record<string, string> = { BAO_ROLE_ID: sent.role_id };
    const args: string[] = [];
    let input: string | undefined;
    if (way === 'env') env['BAO_WRAPPED_SECRET_ID'] = sent.wrapping_token;
    if (way === 'bare') args.push('--token-file', await fileOf(deployed, sent.wrapping_token));
    if (way === 'fd') {
      args.push('--fd', '0');
      input = JSON.stringify(sent);
    }
    if (way === 'credential' || way === 'seed') {
      const directory = await deployed.home();
      const { writeFile } = await import('node:fs/promises');
      await writeFile(join(directory, 'backbone-secret-id'), JSON.stringify(sent));
      env[way === 'seed' ? 'BACKBONE_SEED' : 'CREDENTIALS_DIRECTORY'] = directory;
    }
    const { exitCode, stderr } = await deployed.bundle(['bootstrap', ...args], {
      home,
      consumer: 'unpoller',
      localAddress: addresses.unpoller,
      env,
      ...(input === undefined ? {} : { input }),
    });
    expect(stderr).toContain('delivered');
    expect(exitCode).toBe(0);
    expect(await isAlive(deployed, sent)).toBe(false);
  });

  it('gives a consumer without a certificate its token in a file, and else none', async () => {
    const home = await deployed.home();
    const sent = await issue(deployed, 'terraform-agent');
    const sink = join(home, 'token');
    const where = { consumer: 'terraform-agent' } as const;
    const file = await fileOf(deployed, sent);

    const without = await deployed.bundle(['bootstrap', '--token-file', file], {
      ...where,
      localAddress: addresses['terraform-agent'],
    });
    expect(without).toMatchObject({ exitCode: 1, stdout: '' });
    expect(without.stderr).toContain('--sink');

    const { exitCode } = await boot(home, ['--token-file', file, '--sink', sink], where);
    expect(exitCode).toBe(0);
    const { status } = await deployed.ask({
      method: 'GET',
      path: 'kv/data/unifi/tofu',
      token: (await readFile(sink, 'utf8')).trim(),
      from: addresses['terraform-agent'],
    });
    expect(status).toBe(200);
    expect((await stat(sink)).mode & 0o777).toBe(0o600);
  });
});

describe('intercepted', () => {
  it('is what a token is that somebody opened before; its SecretID is known by accessor', async () => {
    const home = await deployed.home();
    const sent = await issue(deployed, 'unpoller');
    const secretId = await steal(deployed, sent);
    const file = await fileOf(deployed, sent);

    const { exitCode, report, stderr, alarms } = await boot(home, ['--token-file', file]);

    expect(exitCode).toBe(41);
    expect(report).toMatchObject({ verdict: 'intercepted', accessor: sent.accessor });
    expect(stderr).toContain(`backbone incident ${sent.accessor}`);
    expect(alarms).toEqual([`unpoller-intercepted-${sent.accessor}.json`]);
    expect(existsSync(file)).toBe(false);

    // What the record is for: whoever reads it can take the thief's SecretID away.
    const kept = JSON.parse(
      await readFile(join(home, 'consumer', 'alarms', alarms[0] ?? ''), 'utf8'),
    ) as { accessor: string };
    expect(await isAlive(deployed, sent)).toBe(true);
    await deployed.admin('POST', approlePaths('unpoller').destroyAccessor, {
      secret_id_accessor: kept.accessor,
    });
    const { status } = await tryLogin(deployed, sent, secretId, addresses.unpoller);
    expect(status).toBe(400);
  });

  it('is what an unknown token of unknown end is: the reading that raises the alarm', async () => {
    const { exitCode } = await boot(await deployed.home(), [
      '--token-file',
      await fileOf(deployed, 's.AAAAAAAAAAAAAAAAAAAAAAAA'),
      '--role-id-file',
      await fileOf(deployed, 'any'),
    ]);
    expect(exitCode).toBe(41);
  });

  it('shows also where the host has a certificate that would let it in', async () => {
    const home = await deployed.home();
    const first = await issue(deployed, 'unpoller');
    expect((await boot(home, ['--token-file', await fileOf(deployed, first)])).exitCode).toBe(0);
    const second = await issue(deployed, 'unpoller');
    await steal(deployed, second);
    const file = await fileOf(deployed, second);
    expect((await boot(home, ['--token-file', file])).exitCode).toBe(41);
  });
});

describe('expired', () => {
  it('is what a wrapping is that nobody opened in its time, by the clock of the server', async () => {
    const sent = await issue(deployed, 'unpoller', 1);
    await until(async () => !(await isWrapped(sent.wrapping_token)));
    const { exitCode, report, stderr } = await boot(await deployed.home(), [
      '--token-file',
      await fileOf(deployed, sent),
    ]);
    expect(exitCode, stderr).toBe(42);
    expect(report).toMatchObject({ verdict: 'expired', accessor: sent.accessor });
  });

  it('is not what one is that was opened while its time runs', async () => {
    const sent = await issue(deployed, 'unpoller', 600);
    await steal(deployed, sent);
    const { exitCode } = await boot(await deployed.home(), [
      '--token-file',
      await fileOf(deployed, sent),
    ]);
    expect(exitCode).toBe(41);
  });
});

describe('re-wrapped', () => {
  it('is what a token is that a thief made with what he took out', async () => {
    const sent = await issue(deployed, 'unpoller');
    const secret_id = await steal(deployed, sent);
    const { wrap_info } = await deployed.admin(
      'POST',
      'sys/wrapping/wrap',
      { secret_id, secret_id_accessor: sent.accessor, secret_id_ttl: 600, secret_id_num_uses: 1 },
      { wrap: '5m' },
    );
    const again = { ...sent, wrapping_token: (wrap_info as { token: string }).token };
    const { exitCode, report } = await boot(await deployed.home(), [
      '--token-file',
      await fileOf(deployed, again),
    ]);
    expect(exitCode).toBe(43);
    expect(report).toMatchObject({ verdict: 're-wrapped', accessor: sent.accessor });
    // Not opened: it is left to whoever looks into it.
    expect(await isWrapped(again.wrapping_token)).toBe(true);
  });
});

describe('wrong-path', () => {
  it('is what a token of another role is, which stays unopened', async () => {
    const other = await issue(deployed, 'grafana');
    const { exitCode, report } = await boot(await deployed.home(), [
      '--token-file',
      await fileOf(deployed, { ...other, consumer: 'unpoller' }),
    ]);
    expect(exitCode).toBe(44);
    expect(report).toMatchObject({ verdict: 'wrong-path' });
    expect(String(report['why'])).toContain('auth/approle/role/grafana/secret-id');
    expect(await isWrapped(other.wrapping_token)).toBe(true);
  });

  it('is what an envelope for another consumer is', async () => {
    const other = await issue(deployed, 'grafana');
    const { exitCode } = await boot(await deployed.home(), [
      '--token-file',
      await fileOf(deployed, other),
    ]);
    expect(exitCode).toBe(44);
    expect(await isWrapped(other.wrapping_token)).toBe(true);
  });

  it('is what a wrapping is that lives longer than the issuer makes them', async () => {
    const sent = await issue(deployed, 'unpoller', 3600);
    const { exitCode } = await boot(await deployed.home(), [
      '--token-file',
      await fileOf(deployed, sent),
    ]);
    expect(exitCode).toBe(44);
    expect(await isWrapped(sent.wrapping_token)).toBe(true);
  });

  it('is what a delivery is that holds another SecretID than the announced one', async () => {
    const [announced, exchanged] = [
      await issue(deployed, 'unpoller'),
      await issue(deployed, 'unpoller'),
    ];
    const { exitCode, report } = await boot(await deployed.home(), [
      '--token-file',
      await fileOf(deployed, { ...announced, wrapping_token: exchanged.wrapping_token }),
    ]);
    expect(exitCode).toBe(44);
    expect(report).toMatchObject({ accessor: exchanged.accessor });
  });

  it('is what something else at the place of the token is, and nothing of it is repeated', async () => {
    const content = 'canary-0b1c9e and other words';
    const { exitCode, stdout, stderr, report } = await boot(await deployed.home(), [
      '--token-file',
      await fileOf(deployed, content),
    ]);
    expect(exitCode).toBe(44);
    expect(report).toMatchObject({ verdict: 'wrong-path' });
    expect(stdout + stderr).not.toContain('canary-0b1c9e');
  });
});

describe('never-arrived', () => {
  it.each([
    ['no token and no certificate', [], undefined],
    ['a file that is not there', ['--token-file', '/nonexistent/token'], undefined],
    ['an empty variable', [], ''],
  ])('is what %s is', async (_, args, value) => {
    const { exitCode, report } = await boot(await deployed.home(), args, {
      env: {
        BACKBONE_SEED: '/nonexistent',
        ...(value === undefined ? {} : { BAO_WRAPPED_SECRET_ID: value }),
      },
    });
    expect(exitCode).toBe(45);
    expect(report).toMatchObject({ verdict: 'never-arrived' });
  });
});

describe('refused', () => {
  it('is what a SecretID is that was withdrawn before it arrived', async () => {
    const sent = await issue(deployed, 'unpoller');
    await deployed.admin('POST', approlePaths('unpoller').destroyAccessor, {
      secret_id_accessor: sent.accessor,
    });
    const { exitCode, report } = await boot(await deployed.home(), [
      '--token-file',
      await fileOf(deployed, sent),
    ]);
    expect(exitCode).toBe(48);
    expect(report).toMatchObject({ verdict: 'refused', accessor: sent.accessor });
  });

  it('is what a login from another address is', async () => {
    const sent = await issue(deployed, 'unpoller');
    const { exitCode } = await boot(
      await deployed.home(),
      ['--token-file', await fileOf(deployed, sent)],
      { from: addresses.thief },
    );
    expect(exitCode).toBe(48);
  });
});

describe('unreachable', () => {
  it('is what a sealed server is, and says so; nothing was used up', async () => {
    const home = await deployed.home();
    const sent = await issue(deployed, 'unpoller');
    const file = await fileOf(deployed, sent);
    await deployed.seal();
    try {
      const { exitCode, report, stderr, alarms } = await boot(home, ['--token-file', file]);
      expect(exitCode).toBe(46);
      expect(report).toMatchObject({ verdict: 'unreachable' });
      expect(stderr).toContain('OpenBao is sealed');
      expect(existsSync(file)).toBe(true);
      expect(alarms).toEqual([]);
    } finally {
      await deployed.restart();
    }
    const { exitCode } = await boot(home, ['--token-file', file]);
    expect(exitCode).toBe(0);
  });

  it('is what a server is that is not there, also for a host with a certificate', async () => {
    const home = await deployed.home();
    const sent = await issue(deployed, 'unpoller');
    await boot(home, ['--token-file', await fileOf(deployed, sent)]);
    const env = { BAO_ADDR: deployed.deadAddress };
    expect((await boot(home, [], { env })).exitCode).toBe(46);
    const other = await fileOf(deployed, await issue(deployed, 'unpoller'));
    expect((await boot(home, ['--token-file', other], { env })).exitCode).toBe(46);
  });
});

async function isWrapped(token: string): Promise<boolean> {
  const { status } = await deployed.ask({
    method: 'POST',
    path: 'sys/wrapping/lookup',
    token: undefined,
    body: { token },
  });
  return status === 200;
}

async function until(done: () => Promise<boolean>): Promise<void> {
  while (!(await done())) await new Promise((resolve) => setTimeout(resolve, 200));
}
