import { createReadStream, createWriteStream } from 'node:fs';
import { appendFile, copyFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { certificateRequest } from '../../../src/client/certificate/csr.ts';
import { isAlive, ledgerOf, logIn, readEnvelope, secretIdsOf, unwrap } from '../acts.ts';
import type { Envelope } from '../acts.ts';
import { addresses, deploy, type Deployed } from '../deployed.ts';

let deployed: Deployed;
let home: string;
let issuerToken: string;
let responderToken: string;
beforeAll(async () => {
  deployed = await deploy();
  issuerToken = await deployed.tokenOf('secret-id-issuer');
  responderToken = await deployed.tokenOf('responder');
});
afterAll(() => deployed.stop());
beforeEach(async () => {
  home = await deployed.home();
});

async function issued(consumer = 'unpoller'): Promise<Envelope> {
  const out = join(home, `out-${consumer}`);
  await deployed.bundle(['secret-id', 'issue', consumer, '--out', out], {
    env: { BAO_TOKEN: issuerToken },
    localAddress: addresses.issuer,
    home,
  });
  return readEnvelope(out);
}

/** The thief opens it at an address of its own and goes on at the consumer's, e.g. as another user there. */
async function steal({ wrapping_token, role_id }: Envelope) {
  const secretId = await unwrap(deployed, wrapping_token, addresses.thief);
  return { secretId, ...(await logIn(deployed, role_id, secretId, addresses.unpoller)) };
}

const incident = (accessor: string, ...options: readonly string[]) =>
  deployed.bundle(['incident', accessor, ...options], {
    env: { BAO_TOKEN: responderToken },
    localAddress: addresses.responder,
    home,
  });
const first = () => ['--audit', deployed.server.auditLogs[0]];

interface Report {
  readonly consumer: string;
  readonly audit: boolean;
  readonly steps: readonly Record<string, string>[];
  readonly secretId: string;
  readonly tokens: readonly string[];
  readonly certificates: readonly string[];
  readonly certificatesLeft: number;
  readonly damagedLines: number;
}
const reportOf = (stdout: string) => JSON.parse(stdout) as Report;
const read = (path: string, token: string) =>
  deployed.ask({ method: 'GET', path, token, from: addresses.unpoller });

describe('incident', () => {
  it('names the thief, what was read, and ends all of it, and nothing else', async () => {
    const envelope = await issued();
    const innocent = await deployed.tokenOf('unpoller');
    const thief = await steal(envelope);
    await read('kv/data/unifi/exporter', thief.token);
    await read('kv/data/grafana/admin', thief.token);
    await deployed.ask({
      method: 'POST',
      path: 'sys/wrapping/unwrap',
      token: envelope.wrapping_token,
      from: addresses.unpoller,
    });

    const { exitCode, stdout, stderr } = await incident(envelope.accessor, '--json', ...first());
    const report = reportOf(stdout);
    expect(report.steps).toMatchObject([
      { kind: 'issued', who: 'secret-id-issuer', from: addresses.issuer },
      { kind: 'unwrapped', from: addresses.thief },
      { kind: 'logged in', from: addresses.unpoller },
      { kind: 'used', path: 'kv/data/unifi/exporter', operation: 'read' },
      { kind: 'used', path: 'kv/data/grafana/admin', refused: expect.any(String) as string },
      { kind: 'unwrapped', from: addresses.unpoller, refused: expect.any(String) as string },
    ]);
    expect(report).toMatchObject({ consumer: 'unpoller', tokens: [thief.accessor] });
    expect(exitCode).toBe(0);
    expect(await isAlive(deployed, thief.token, addresses.unpoller)).toBe(false);
    expect(await isAlive(deployed, innocent, addresses.unpoller)).toBe(true);
    for (const secret of [thief.token, thief.secretId, envelope.wrapping_token]) {
      expect(`${stdout}${stderr}`).not.toContain(secret);
    }
    expect((await ledgerOf(home)).at(-1)).toMatchObject({ event: 'answered' });
  });

  it('destroys a SecretID that was opened and cannot be used where the thief is', async () => {
    const envelope = await issued();
    await unwrap(deployed, envelope.wrapping_token, addresses.thief);
    const { exitCode, stdout } = await incident(envelope.accessor, ...first());
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`unwrapped by approle from ${addresses.thief}`);
    expect(stdout).toContain('SecretID: destroyed');
    expect(await secretIdsOf(deployed, 'unpoller')).not.toContain(envelope.accessor);
  });

  it('follows one that was wrapped again', async () => {
    const envelope = await issued();
    const from = addresses.thief;
    const secretId = await unwrap(deployed, envelope.wrapping_token, from);
    const token = await deployed.tokenOf('responder');
    const body = { secret_id: secretId };
    const wrap = { method: 'POST', path: 'sys/wrapping/wrap', body, wrap: '5m' } as const;
    const again = await deployed.ask(wrap);
    const { wrap_info } = again.body as { wrap_info: { token: string } };
    const opened = await unwrap(deployed, wrap_info.token, addresses.unpoller);
    const { accessor } = await logIn(deployed, envelope.role_id, opened, addresses.unpoller);
    const { stdout } = await incident(envelope.accessor, '--json', ...first());
    const report = reportOf(stdout);
    expect(report.steps.map(({ kind }) => kind)).toEqual([
      'issued',
      'unwrapped',
      'wrapped again',
      'unwrapped',
      'logged in',
    ]);
    expect(report.tokens).toEqual([accessor]);
    expect(await isAlive(deployed, token, addresses.responder)).toBe(true);
  });

  it('ends the certificate that a thief had signed, and every login by it', async () => {
    const envelope = await issued();
    const thief = await steal(envelope);
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const signed = await deployed.admin(
      'POST',
      'pki/sign/enrol-unpoller',
      { csr: certificateRequest('unpoller', privateKey) },
      { token: thief.token, from: addresses.unpoller },
    );
    const { certificate: cert } = signed['data'] as { certificate: string };
    const key = String(privateKey.export({ type: 'pkcs8', format: 'pem' }));
    const byCertificate = () =>
      deployed.ask({
        method: 'POST',
        path: 'auth/cert/login',
        body: { name: 'unpoller' },
        token: undefined,
        from: addresses.unpoller,
        certificate: { cert, key },
      });
    const login = await byCertificate();
    expect(login.status).toBe(200);
    const { auth } = login.body as { auth: { client_token: string; accessor: string } };
    await read('kv/data/unifi/exporter', auth.client_token);

    const { exitCode, stdout } = await incident(envelope.accessor, '--json', ...first());
    const report = reportOf(stdout);
    expect(report).toMatchObject({ certificatesLeft: 0 });
    expect(report.certificates).toHaveLength(1);
    expect([...report.tokens].sort()).toEqual([thief.accessor, auth.accessor].sort());
    expect(exitCode).toBe(0);
    expect(await isAlive(deployed, auth.client_token, addresses.unpoller)).toBe(false);
    expect((await byCertificate()).status).not.toBe(200);
  });

  it('ends a certificate that was signed and not used yet', async () => {
    const envelope = await issued();
    const thief = await steal(envelope);
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const signed = await deployed.admin(
      'POST',
      'pki/sign/enrol-unpoller',
      { csr: certificateRequest('unpoller', privateKey) },
      { token: thief.token, from: addresses.unpoller },
    );
    const { serial_number } = signed['data'] as { serial_number: string };
    const { exitCode, stdout } = await incident(envelope.accessor, '--json', ...first());
    expect(reportOf(stdout)).toMatchObject({ certificates: [serial_number], certificatesLeft: 0 });
    expect(exitCode).toBe(0);
    const { data } = await deployed.admin('GET', `pki/cert/${serial_number}`);
    expect((data as { revocation_time: number }).revocation_time).toBeGreaterThan(0);
  });

  it('looks without touching anything, when told so', async () => {
    const envelope = await issued();
    const thief = await steal(envelope);
    const dry = await incident(envelope.accessor, '--dry-run', '--json', ...first());
    expect(dry.exitCode).toBe(2);
    expect(reportOf(dry.stdout)).toMatchObject({ dryRun: true, tokens: [thief.accessor] });
    expect(await isAlive(deployed, thief.token, addresses.unpoller)).toBe(true);
    expect((await ledgerOf(home)).at(-1)).toMatchObject({ event: 'minted' });
    expect((await incident(envelope.accessor, ...first())).exitCode).toBe(0);
    expect((await incident(envelope.accessor, ...first())).stdout).toContain('none is alive');
  });

  it('reads what was rotated, compressed or not, and leaves out what is damaged', async () => {
    const envelope = await issued();
    const thief = await steal(envelope);
    const logs = join(home, 'logs');
    await mkdir(logs);
    const log = join(logs, 'audit.log');
    const whole = (await readFile(deployed.server.auditLogs[0], 'utf8')).split('\n');
    const half = whole.findIndex((line) => line.includes('sys/wrapping/unwrap'));
    await writeFile(`${log}-1`, whole.slice(0, half).join('\n'));
    await pipeline(
      createReadStream(`${log}-1`),
      createGzip(),
      createWriteStream(`${log}-20260131-1.gz`),
    );
    await rename(`${log}-1`, join(logs, 'elsewhere'));
    await copyFile(deployed.server.auditLogs[0], log);
    await writeFile(log, whole.slice(half).join('\n'));
    const used = whole.find((line) => line.includes('auth/approle/login')) ?? '';
    await appendFile(log, `${used.slice(0, 100)}\n{"type":\n\n`);
    const { exitCode, stdout } = await incident(envelope.accessor, '--json', '--audit', log);
    expect(reportOf(stdout)).toMatchObject({
      audit: true,
      steps: [{ kind: 'issued' }, { kind: 'unwrapped' }, { kind: 'logged in' }],
      tokens: [thief.accessor],
    });
    expect(exitCode).toBe(0);
  });

  it('ends everything without a log as well, and says that it knows less', async () => {
    const envelope = await issued();
    const thief = await steal(envelope);
    const other = await deployed.tokenOf('grafana');
    const { exitCode, stdout, stderr } = await incident(envelope.accessor);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('going on without it');
    expect(stdout).toContain('who had it and what was read is not known');
    expect(await isAlive(deployed, thief.token, addresses.unpoller)).toBe(false);
    expect(await isAlive(deployed, other, addresses.grafana)).toBe(true);
  });

  it('does not go on without a log that was named, nor with a SecretID that nobody knows', async () => {
    const envelope = await issued();
    const named = await incident(envelope.accessor, '--audit', join(home, 'no.log'));
    expect(named.exitCode).toBe(1);
    expect(named.stderr).toContain('cannot be read (ENOENT)');
    const unknown = await incident('84896a0c-1347-aa90-a4f6-aca8b7558780', ...first());
    expect(unknown.exitCode).toBe(1);
    expect(unknown.stderr).toContain('nothing was revoked');
  });

  it('is for the responder, and for an operator, who becomes it', async () => {
    const envelope = await issued();
    const as = (token: string, localAddress: string) =>
      deployed.bundle(['incident', envelope.accessor, ...first()], {
        env: { BAO_TOKEN: token },
        localAddress,
        home,
      });
    const refused = await as(issuerToken, addresses.issuer);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain('is neither of responder');
    expect((await as(await deployed.operatorToken(), addresses.alice)).exitCode).toBe(0);
    expect(await secretIdsOf(deployed, 'unpoller')).not.toContain(envelope.accessor);
  });
});
