import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createCa, issue } from '../../../lab/pki.ts';
import {
  arrive,
  isAlive,
  ledgerOf,
  letBeLate,
  logIn,
  secretIdsOf,
  unwrap,
  until,
} from '../acts.ts';
import { launchedChild, type LaunchedChild } from '../child.ts';
import { addresses, deploy, type Deployed } from '../deployed.ts';

let deployed: Deployed;
let issuerToken: string;
/** Takes alarms, as any web service would. */
let webhook: Server;
let alarms: Record<string, unknown>[];
let alarmEnv: Record<string, string>;
let home: string;
let child: LaunchedChild;

beforeAll(async () => {
  deployed = await deploy();
  issuerToken = await deployed.tokenOf('secret-id-issuer');
  const ca = await createCa('Alarm CA');
  const leaf = await issue(ca, { commonName: 'alarm', addresses: ['127.0.0.1'] });
  webhook = createServer({ cert: leaf.certificate, key: leaf.privateKey }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => {
      alarms.push(JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>);
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => webhook.listen(0, '127.0.0.1', resolve));
  const { port } = webhook.address() as AddressInfo;
  const caFile = join(deployed.directory, 'alarm-ca.pem');
  await writeFile(caFile, ca.certificate);
  alarmEnv = {
    BACKBONE_ALARM_URL: `https://127.0.0.1:${String(port)}/alarm`,
    NODE_EXTRA_CA_CERTS: caFile,
  };
});
afterAll(async () => {
  webhook.close();
  await deployed.stop();
});
beforeEach(async () => {
  alarms = [];
  home = await deployed.home();
  child = launchedChild(home);
});

const launch = (...options: readonly string[]) =>
  deployed.started(['launch', 'terraform-agent', ...options, '--', ...child.command], {
    env: { BAO_TOKEN: issuerToken, ...alarmEnv },
    localAddress: addresses.issuer,
    home,
  });

const deliveryOf = (env: Readonly<Record<string, string>>) => ({
  token: env['BAO_WRAPPED_SECRET_ID'] ?? '',
  roleId: env['BAO_ROLE_ID'] ?? '',
  accessor: env['BAO_SECRET_ID_ACCESSOR'] ?? '',
});
const isWaiting = async (accessor: string) =>
  (await secretIdsOf(deployed, 'terraform-agent')).includes(accessor);
const lastOf = async () => (await ledgerOf(home)).at(-1);

describe('launch', () => {
  it('starts a consumer, sees it arrive, and ends as it does', async () => {
    const { process: launcher } = await launch('--wait', '10m');
    const delivery = deliveryOf(await child.env());
    await arrive(deployed, 'terraform-agent', delivery);
    await until(async () => ((await lastOf())?.['event'] === 'arrived' ? true : undefined));
    await child.end(7);
    const { exitCode, stderr, stdout } = await launcher;
    expect(exitCode).toBe(7);
    expect(stdout).toBe('');
    expect(stderr).toContain('terraform-agent has arrived');
    expect(alarms).toEqual([]);
  });

  it('sees one that arrived just before it ended', async () => {
    const { process: launcher } = await launch('--wait', '10m');
    await arrive(deployed, 'terraform-agent', deliveryOf(await child.env()));
    await child.end(0);
    expect((await launcher).exitCode).toBe(0);
    expect(await lastOf()).toMatchObject({ event: 'arrived' });
  });

  it('gives an operator\u2019s issuer token up as soon as the consumer has arrived', async () => {
    const { process } = await deployed.started(
      ['launch', 'terraform-agent', '--wait', '10m', '--', ...child.command],
      { env: { BAO_TOKEN: await deployed.operatorToken() }, localAddress: addresses.alice, home },
    );
    const env = await child.env();
    const issuers = async () => {
      const list = await deployed.admin('LIST', 'auth/token/accessors');
      const { keys } = list['data'] as { keys: readonly string[] };
      const tokens = await Promise.all(
        keys.map((accessor) =>
          deployed.ask({ method: 'POST', path: 'auth/token/lookup-accessor', body: { accessor } }),
        ),
      );
      return tokens.filter(
        ({ body }) =>
          (body['data'] as { meta?: { role_name?: string } | null } | undefined)?.meta
            ?.role_name === 'secret-id-issuer',
      ).length;
    };
    expect(await issuers()).toBe(2);
    await arrive(deployed, 'terraform-agent', deliveryOf(env));
    await until(async () => ((await issuers()) === 1 ? true : undefined));
    await child.end(0);
    expect((await process).exitCode).toBe(0);
  });

  it('destroys the SecretID of one that never arrives, and raises the alarm while it runs', async () => {
    const { process: launcher } = await launch('--wait', '1s');
    const { accessor } = deliveryOf(await child.env());
    await until(() => Promise.resolve(alarms[0]));
    await until(async () => ((await lastOf())?.['event'] === 'destroyed' ? true : undefined));
    expect(await isWaiting(accessor)).toBe(false);
    await child.end(0);
    const { exitCode, stderr } = await launcher;
    expect(exitCode).toBe(45);
    expect(stderr).toContain('ALARM: terraform-agent: it did not confirm its arrival in time');
    expect(alarms).toMatchObject([
      { verdict: 'never-arrived', consumer: 'terraform-agent', accessor },
    ]);
  });

  it('keeps a status that says more than its own', async () => {
    const { process: launcher } = await launch('--wait', '10m');
    await child.env();
    await child.end(3);
    expect((await launcher).exitCode).toBe(3);
    expect(alarms).toMatchObject([{ verdict: 'never-arrived' }]);
  });

  it('takes a login without a confirmation for somebody else\u2019s', async () => {
    const { process: launcher } = await launch('--wait', '10m');
    const { token, roleId, accessor } = deliveryOf(await child.env());
    const secretId = await unwrap(deployed, token, addresses.thief);
    await logIn(deployed, roleId, secretId, addresses['terraform-agent']);
    await child.end(0);
    const { exitCode, stderr } = await launcher;
    expect(exitCode).toBe(41);
    expect(stderr).toContain(`backbone incident ${accessor}`);
    expect(await lastOf()).toMatchObject({ event: 'intercepted', accessor });
  });

  it.each([
    [41, 'intercepted'],
    [43, 're-wrapped'],
    [44, 'wrong-path'],
  ])('acts at once on a consumer that ends with %i', async (status, verdict) => {
    const { process: launcher } = await launch('--wait', '10m');
    const { token, accessor } = deliveryOf(await child.env());
    await unwrap(deployed, token, addresses.thief);
    expect(await isWaiting(accessor)).toBe(true);
    await child.end(status);
    expect((await launcher).exitCode).toBe(status);
    expect(await isWaiting(accessor)).toBe(false);
    expect(alarms).toMatchObject([{ verdict, accessor }]);
    expect(await lastOf()).toMatchObject({ event: 'intercepted' });
  });

  it('acts at once on a record, while the consumer still runs', async () => {
    const spool = join(home, 'spool');
    await mkdir(spool);
    const { process: launcher } = await launch('--wait', '10m', '--spool', spool);
    const env = await child.env();
    expect(env['BACKBONE_ALARMS']).toBe(spool);
    const { token, accessor } = deliveryOf(env);
    await unwrap(deployed, token, addresses.thief);
    const record = { consumer: 'terraform-agent', verdict: 'intercepted', accessor };
    await writeFile(join(spool, 'one.json'), JSON.stringify(record));
    await until(() => Promise.resolve(alarms[0]));
    await until(async () => ((await isWaiting(accessor)) ? undefined : true));
    await child.end(0);
    expect((await launcher).exitCode).toBe(41);
  });

  it('destroys what a command that cannot be started would have got', async () => {
    const before = await secretIdsOf(deployed, 'terraform-agent');
    const done = await deployed.bundle(
      ['launch', 'terraform-agent', '--', join(home, 'no-such-command')],
      { env: { BAO_TOKEN: issuerToken }, localAddress: addresses.issuer, home },
    );
    expect(done.exitCode).toBe(127);
    expect(done.stderr).toContain('there is no program');
    expect(await secretIdsOf(deployed, 'terraform-agent')).toEqual(before);
  });

  it('passes signals on', async () => {
    const { process: launcher } = await launch('--wait', '10m');
    await arrive(deployed, 'terraform-agent', deliveryOf(await child.env()));
    launcher.kill('SIGTERM');
    await until(async () => ((await child.file('signals')) === 'SIGTERM\n' ? true : undefined));
    await child.end(0);
    expect((await launcher).exitCode).toBe(0);
  });

  it('leaves a killed launcher\u2019s SecretID to the sweep', async () => {
    const { process: launcher } = await launch('--wait', '10m');
    const { accessor } = deliveryOf(await child.env());
    launcher.kill('SIGKILL');
    await child.end(0);
    await launcher;
    expect(await isWaiting(accessor)).toBe(true);
    await letBeLate(home);
    await deployed.bundle(['secret-id', 'sweep'], {
      env: { BAO_TOKEN: issuerToken },
      localAddress: addresses.issuer,
      home,
    });
    expect(await isWaiting(accessor)).toBe(false);
    expect(await lastOf()).toMatchObject({ event: 'destroyed', accessor });
  });

  it('leaves the issuer\u2019s own token alone', async () => {
    expect(await isAlive(deployed, issuerToken, addresses.issuer)).toBe(true);
  });
});
