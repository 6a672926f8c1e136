import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeEach, describe, expect, it } from 'vitest';
import { pythonEnvironment, pythonScript } from '../../../lab/parts/python.ts';
import { accountId, region, startMoto } from '../../lab/aws/running-aws.ts';

interface KeyPair {
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
}

/** Rung 2 against a real moto, which keeps access keys and enforces nothing. */
describe('the key pair of the broker', () => {
  let directory: string;
  let url: string;
  const file = (name: string) => join(directory, name);
  const program = 'ansible/roles/aws_identity/files/aws-broker-key.py';
  const run = (verb: string) =>
    execa('python3', [program, verb, file('broker.json')], { reject: false });
  const key = async () => JSON.parse(await readFile(file('key.json'), 'utf8')) as KeyPair;
  const aws = async (...args: readonly string[]) => {
    const [python, script] = pythonScript(await pythonEnvironment(() => undefined), 'aws');
    const { stdout } = await execa(python, [script, '--endpoint-url', url, ...args], {
      env: { AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x', AWS_DEFAULT_REGION: region },
    });
    return JSON.parse(stdout) as Record<string, unknown>;
  };
  const listed = async () => {
    const answer = await aws('iam', 'list-access-keys', '--user-name', 'broker');
    return (answer['AccessKeyMetadata'] as KeyPair[]).map(({ AccessKeyId }) => AccessKeyId);
  };
  const configure = (endpoint: string) =>
    writeFile(
      file('broker.json'),
      JSON.stringify({
        region,
        principal_arn: `arn:aws:iam::${accountId}:role/principal`,
        broker_role_arn: `arn:aws:iam::${accountId}:role/openbao-broker`,
        sts_endpoint: endpoint,
        iam_endpoint: endpoint,
        directory,
      }),
    );

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'broker-'));
    const moto = await startMoto(await pythonEnvironment(() => undefined));
    url = moto.url;
    await aws('iam', 'create-user', '--user-name', 'broker');
    const made = await aws('iam', 'create-access-key', '--user-name', 'broker');
    const { AccessKeyId, SecretAccessKey } = made['AccessKey'] as KeyPair;
    await writeFile(file('key.json'), JSON.stringify({ AccessKeyId, SecretAccessKey }));
    await configure(url);
    return async () => {
      await moto.stop();
      await rm(directory, { recursive: true, force: true });
    };
  });

  it('gives a session of the broker role, in the words of credential_process', async () => {
    const { stdout, exitCode } = await run('session');
    expect(exitCode).toBe(0);
    const session = JSON.parse(stdout) as Record<string, string>;
    expect(session).toMatchObject({ Version: 1 });
    expect(session['AccessKeyId']).toMatch(/^ASIA/);
    expect(session['Expiration']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  });

  it('is replaced by another, and the old one is deleted', async () => {
    const old = await key();
    const { exitCode, stdout, stderr } = await run('rotate');
    expect(exitCode, stderr).toBe(0);
    const now = await key();
    expect(now.AccessKeyId).not.toBe(old.AccessKeyId);
    expect(await listed()).toEqual([now.AccessKeyId]);
    expect(await readdir(directory)).toEqual(['broker.json', 'key.json']);
    for (const secret of [old.SecretAccessKey, now.SecretAccessKey]) {
      expect(stdout + stderr).not.toContain(secret);
    }
    expect((await run('session')).exitCode).toBe(0);
  });

  it('stays where AWS is down, and a rotation that was cut off is finished later', async () => {
    const old = await key();
    await configure('http://127.0.0.1:1');
    const failed = await run('rotate');
    expect(failed.exitCode).toBe(1);
    expect(failed.stderr).toContain('ListAccessKeys');
    expect(failed.stderr).not.toContain(old.SecretAccessKey);
    expect(await key()).toEqual(old);

    // Cut off after the new pair was written: it is taken, no third one is made.
    await configure(url);
    const made = await aws('iam', 'create-access-key', '--user-name', 'broker');
    const next = made['AccessKey'] as KeyPair;
    await writeFile(file('next.json'), JSON.stringify(next));
    expect((await run('rotate')).exitCode).toBe(0);
    expect(await listed()).toEqual([next.AccessKeyId]);
    expect((await key()).AccessKeyId).toBe(next.AccessKeyId);
  });

  /** Moto behind somebody who loses the answer to one action, after moto has done it. */
  const losing = async (action: string) => {
    const server = createServer((incoming, outgoing) => {
      void (async () => {
        const chunks: Buffer[] = [];
        for await (const chunk of incoming) chunks.push(chunk as Buffer);
        const body = Buffer.concat(chunks);
        const { authorization = '', 'x-amz-date': date = '' } = incoming.headers;
        const answer = await fetch(url, {
          ...{ method: 'POST', body },
          headers: {
            ...{ authorization, 'x-amz-date': String(date) },
            'content-type': 'application/x-www-form-urlencoded',
          },
        });
        const text = await answer.text();
        if (body.includes(`Action=${action}`)) outgoing.destroy();
        else outgoing.writeHead(answer.status).end(text);
      })();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return {
      url: `http://127.0.0.1:${String(port)}`,
      [Symbol.dispose]: () => {
        server.close();
      },
    };
  };

  it('is rotated by the next run where the answer with the new one was lost', async () => {
    const old = await key();
    {
      using loser = await losing('CreateAccessKey');
      await configure(loser.url);
      const cut = await run('rotate');
      expect(cut.exitCode).toBe(1);
      expect(cut.stderr).toContain('CreateAccessKey');
    }
    expect(await key()).toEqual(old);
    const orphan = (await listed()).find((id) => id !== old.AccessKeyId);
    expect(orphan).toBeDefined();
    await configure(url);
    const { exitCode, stderr } = await run('rotate');
    expect(exitCode, stderr).toBe(0);
    const now = await key();
    expect([old.AccessKeyId, orphan]).not.toContain(now.AccessKeyId);
    expect(await listed()).toEqual([now.AccessKeyId]);
    expect(await readdir(directory)).toEqual(['broker.json', 'key.json']);
  });

  it('is not rotated where there is another that no cut off rotation made, and both stay', async () => {
    const old = await key();
    const made = await aws('iam', 'create-access-key', '--user-name', 'broker');
    const other = (made['AccessKey'] as KeyPair).AccessKeyId;
    const refuses = async () => {
      const { exitCode, stderr } = await run('rotate');
      expect(exitCode).toBe(1);
      expect(stderr).toContain(`another access key, ${other}, which no rotation of this host made`);
      expect(await key()).toEqual(old);
      expect((await listed()).sort()).toEqual([old.AccessKeyId, other].sort());
    };
    await refuses();
    const now = Math.floor(Date.now() / 1000);
    const yesterday = { known: [old.AccessKeyId], time: now - 86_400 };
    await writeFile(file('making.json'), JSON.stringify(yesterday));
    await refuses();
    const before = { known: [old.AccessKeyId, other], time: now };
    await writeFile(file('making.json'), JSON.stringify(before));
    await refuses();
  });

  it('is rotated again wherever the last run was cut off while it cleared up', async () => {
    const first = await key();
    await writeFile(file('last.json'), JSON.stringify({ ...first, AccessKeyId: 'AKIAGONE' }));
    expect(await run('rotate')).toMatchObject({ exitCode: 0 });
    const second = await key();
    expect(await listed()).toEqual([second.AccessKeyId]);
    await writeFile(file('next.json'), JSON.stringify(second));
    expect(await run('rotate')).toMatchObject({ exitCode: 0 });
    expect(await run('rotate')).toMatchObject({ exitCode: 0 });
    const third = await key();
    expect(third.AccessKeyId).not.toBe(second.AccessKeyId);
    expect(await listed()).toEqual([third.AccessKeyId]);
    expect(await readdir(directory)).toEqual(['broker.json', 'key.json']);
  });
});
