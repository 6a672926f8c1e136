import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { beforeAll, describe, expect, it } from 'vitest';
import { inNetwork } from '../../lab/host/network.ts';
import { motoCommand } from '../../lab/aws/moto.ts';
import { pythonEnvironment, pythonScript } from '../../lab/parts/python.ts';
import { account, input } from '../fixtures/declaration.ts';
import { said } from './recap.ts';
import { openSite, siteOrSkip, until, type Site } from './site.ts';

const ansible = await siteOrSkip('an OpenBao host with a key pair for AWS');
const moto = { host: '192.0.2.1', port: 5000 } as const;
const url = `http://${moto.host}:${String(moto.port)}`;

interface KeyPair {
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
}

/** Rung 2 on a host, against a real moto. Each test goes on from the one before. */
describe.runIf(ansible)('the key pair of an OpenBao host', () => {
  let site: Site;
  let playbook: string;
  let keyFile: string;
  let first: KeyPair;
  let aws: (...args: readonly string[]) => Promise<Record<string, unknown>>;
  let endMoto: () => void;
  const on = (script: string) => site.on('bao', script);
  const played = async () => {
    const recap = await site.play(playbook);
    expect(recap.exitCode, recap.all).toBe(0);
    return recap;
  };
  const listed = async () => {
    const answer = await aws('list-access-keys', '--user-name', 'broker');
    return (answer['AccessKeyMetadata'] as KeyPair[]).map(({ AccessKeyId }) => AccessKeyId);
  };
  const held = async () =>
    (JSON.parse(await on('cat /var/lib/aws-identity/key.json')) as KeyPair).AccessKeyId;
  const alarm = (unit: string) =>
    until(
      `an alarm of ${unit}`,
      () => on(`cat /var/lib/backbone-alarm/${unit}.service.json 2> /dev/null || true`),
      (text) => text !== '',
    );

  beforeAll(async () => {
    if (ansible === undefined) return;
    const directory = await mkdtemp(join(tmpdir(), 'broker-key-'));
    const python = await pythonEnvironment(() => undefined);
    playbook = join(directory, 'identity.yml');
    keyFile = join(directory, 'key.json');
    const roles = ['alarm', 'firewall', 'aws_identity'];
    const play = { name: 'Identity', hosts: 'openbao_servers', gather_facts: false, roles };
    await writeFile(playbook, JSON.stringify([play]));
    site = await openSite(
      ansible,
      [{ name: 'bao', vmid: 120, address: '192.0.2.20' }],
      {
        aws_identity_broker_key_src: keyFile,
        aws_identity_sts_endpoint: url,
        aws_identity_iam_endpoint: url,
        aws_identity_first_session_seconds: 5,
      },
      {
        aws: {
          ...input.aws,
          identity: { kind: 'broker-key', principalArn: `arn:aws:iam::${account}:role/principal` },
        },
        outbound: [
          { comment: 'moto', port: moto.port, to: [`${moto.host}/32`], user: 'aws-identity' },
        ],
      },
    );
    const [nsenter, ...into] = inNetwork(site.hosts.network.namespace);
    const { command, args, env } = motoCommand(python, { port: moto.port, accountId: account });
    const there = args.map((word) => (word === '127.0.0.1' ? moto.host : word));
    const running = spawn(nsenter, [...into, command, ...there], {
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    endMoto = () => running.kill('SIGKILL');
    for await (const line of createInterface({ input: running.stderr })) {
      if (line.includes('Running on')) break;
    }
    running.stderr.resume();
    const [cli, script] = pythonScript(python, 'aws');
    aws = async (...words) => {
      const call = [...into, cli, script, '--endpoint-url', url, 'iam', ...words];
      const { stdout } = await execa(nsenter, call, {
        env: {
          AWS_ACCESS_KEY_ID: 'x',
          AWS_SECRET_ACCESS_KEY: 'x',
          AWS_DEFAULT_REGION: 'us-east-2',
        },
      });
      return (stdout === '' ? {} : JSON.parse(stdout)) as Record<string, unknown>;
    };
    await aws('create-user', '--user-name', 'broker');
    const made = await aws('create-access-key', '--user-name', 'broker');
    const { AccessKeyId, SecretAccessKey } = made['AccessKey'] as KeyPair;
    first = { AccessKeyId, SecretAccessKey };
    await writeFile(keyFile, JSON.stringify(first), { mode: 0o600 });
    await site.make('bao');
    return async () => {
      endMoto();
      await site.remove();
      await ansible.remove();
      await rm(directory, { recursive: true, force: true });
    };
  });

  it('gives it a session of the broker role, and a second run changes nothing', async () => {
    expect((await played()).all).not.toContain('no session');
    const status = JSON.parse(await on('cat /run/aws-identity/status.json')) as object;
    expect(status).toMatchObject({ alarms: [], last_failure: null });
    expect(await held()).toBe(first.AccessKeyId);
    expect((await played()).changed).toBe(0);
    expect(await on('systemctl is-enabled aws-broker-key.timer')).toBe('enabled');
  });

  it('is replaced by the service of its timer, and the old one is gone', async () => {
    await on('systemctl start aws-broker-key');
    const now = await held();
    expect(now).not.toBe(first.AccessKeyId);
    expect(await listed()).toEqual([now]);
    expect(await on('ls -A /var/lib/aws-identity')).toBe('key.json');
    expect(await on('journalctl --no-pager --output=cat')).not.toContain(first.SecretAccessKey);
    await on('systemctl restart aws-identity');
    // The first pair is still on the controller, and does not come back.
    const again = await played();
    expect(again.all).not.toContain('no session');
    expect(again.changed, again.all).toBe(0);
    expect(await held()).toBe(now);
    expect(await on('systemctl --failed --plain --no-legend')).toBe('');
  });

  it('is not replaced where somebody made another, which the alarm names', async () => {
    const before = await held();
    const made = await aws('create-access-key', '--user-name', 'broker');
    const other = (made['AccessKey'] as KeyPair).AccessKeyId;
    await on('systemctl start aws-broker-key || true');
    expect(await alarm('aws-broker-key')).toContain(other);
    expect(await held()).toBe(before);
    expect((await listed()).sort()).toEqual([before, other].sort());
  });

  it('is another one where the pair that the host had is worthless', async () => {
    for (const id of await listed()) {
      await aws('delete-access-key', '--user-name', 'broker', '--access-key-id', id);
    }
    const made = await aws('create-access-key', '--user-name', 'broker');
    const { AccessKeyId, SecretAccessKey } = made['AccessKey'] as KeyPair;
    await writeFile(keyFile, JSON.stringify({ AccessKeyId, SecretAccessKey }));
    await on('rm -f /var/lib/aws-identity/*.json');
    expect((await played()).all).not.toContain('no session');
    expect(await held()).toBe(AccessKeyId);
    await on('systemctl start aws-broker-key');
    expect(await held()).not.toBe(AccessKeyId);
    expect(await listed()).toEqual([await held()]);
  });

  it('raises the alarm after a restart without AWS, though nobody asks for a session', async () => {
    endMoto();
    await on('systemctl restart aws-identity');
    expect(await alarm('aws-identity-check')).toContain('no-session');
    const recap = await played();
    expect(said(recap)).toContain('AWS gives bao no session: helper exit 1');
  });
});
