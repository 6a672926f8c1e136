import { execFileSync } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openbao } from '../../lab/parts/python.ts';
import { certificateRequest } from '../../src/client/certificate/csr.ts';
import { newKey } from '../../src/client/certificate/identity.ts';
import { attempt } from '../../src/verify/attempt.ts';
import { exitCodeOf, outcomeOf, type Tried } from '../../src/verify/case.ts';
import { verify, type Verified } from '../../src/verify/verify.ts';
import type { Connection } from '../../src/client/openbao.ts';
import { addresses, deploy, type Deployed } from '../client/deployed.ts';

let there: Deployed;
let bao: string;

beforeAll(async () => {
  there = await deploy({ wrapTtl: { min: '1m', max: '10m' } });
  bao = (await openbao(() => undefined)).path;
});

afterAll(async () => {
  await there.stop();
});

async function operator(): Promise<Connection> {
  return {
    address: there.server.address,
    ca: there.server.ca,
    token: await there.operatorToken(),
    localAddress: addresses.alice,
  };
}

async function run(
  progress: (line: string) => void = () => undefined,
  connection?: Connection,
  state = join(there.directory, 'verify'),
): Promise<Verified> {
  return verify({
    backbone: there.backbone,
    connection: connection ?? (await operator()),
    infisicalCa: undefined,
    state,
    progress,
    signal: new AbortController().signal,
  });
}

const rows = ({ tried }: Verified, who: string) => tried.filter((one) => one.who === who);
const outcomes = (tried: readonly Tried[]) => new Set(tried.map(outcomeOf));

/** In the middle of a run, before it goes on: as root, by the real `bao`. */
function byRoot(...args: readonly string[]): void {
  execFileSync(bao, args, {
    stdio: 'ignore',
    env: {
      PATH: process.env['PATH'],
      HOME: there.directory,
      BAO_ADDR: there.server.address,
      BAO_CACERT: there.server.caFile,
      BAO_TOKEN: there.server.rootToken,
    },
  });
}

describe('where no verifier is declared and there is no AWS engine', () => {
  it('says of each what it could not try, and calls nothing of it a success', async () => {
    const verified = await run();
    expect(verified.tried.filter((one) => outcomeOf(one) === 'open')).toEqual([]);
    expect(verified.left).toEqual([]);
    expect(outcomes(rows(verified, 'verifier'))).toEqual(new Set(['not tried']));
    expect(rows(verified, 'verifier')[0]?.said).toContain('not declared');
    // A granted session that is not to be had is no success.
    expect(exitCodeOf(verified.tried)).not.toBe(0);
    expect(outcomes(rows(verified, 'unpoller'))).toEqual(new Set(['as expected', 'not tried']));
  });
});

describe('a token that ends in the middle', () => {
  it('makes no refusal out of its own end', async () => {
    const token = await there.tokenOf('unpoller');
    const connection = { ...(await operator()), token, localAddress: addresses.unpoller };
    const asked = {
      kind: 'KV other',
      expected: 'denied',
      tries: 'the neighbour',
      request: { method: 'GET', path: 'kv/data/grafana/admin' },
    } as const;
    expect(await attempt(connection, asked)).toMatchObject({ got: 'denied' });
    await there.admin('POST', 'auth/token/revoke', { token });
    expect(await attempt(connection, asked)).toMatchObject({ got: 'could not' });
  });

  it('of every identity: the consumers after it could not be tried', async () => {
    const verified = await run((line) => {
      if (line === 'plan-runner') byRoot('lease', 'revoke', '-prefix', 'auth/approle');
    });
    for (const who of ['plan-runner', 'terraform-agent', 'unpoller']) {
      expect(outcomes(rows(verified, who)), who).toEqual(new Set(['could not']));
    }
    expect(rows(verified, 'grafana').length).toBeGreaterThan(10);
    expect(verified.tried.filter((one) => outcomeOf(one) === 'open')).toEqual([]);
    expect(exitCodeOf(verified.tried)).not.toBe(0);
  });

  it('of the operator: what it takes an operator for could not be tried', async () => {
    const connection = await operator();
    const verified = await run((line) => {
      if (line === 'terraform-apply') byRoot('lease', 'revoke', '-prefix', 'auth/operator');
    }, connection);
    expect(outcomes(rows(verified, 'terraform-apply'))).toEqual(new Set(['could not']));
    expect(outcomes(rows(verified, 'unpoller'))).not.toContain('as expected');
    expect(exitCodeOf(verified.tried)).toBe(1);
  });
});

describe('what a run that was killed has left', () => {
  it('is given up by the next: tokens, SecretIDs and certificates', async () => {
    const { body: login } = await there.ask({
      method: 'POST',
      path: 'auth/token/create',
      body: { policies: ['consumer-unpoller'], ttl: '10m' },
    });
    const token = (login['auth'] as { accessor: string }).accessor;
    const secretIds = 'auth/approle/role/unpoller/secret-id';
    const minted = (await there.admin('POST', secretIds))['data'];
    const secretId = (minted as { secret_id_accessor: string }).secret_id_accessor;
    const csr = certificateRequest('unpoller', newKey());
    const signed = (await there.admin('POST', 'pki/sign/enrol-unpoller', { csr }))['data'];
    const serial = (signed as { serial_number: string }).serial_number;

    const state = join(there.directory, 'killed');
    const until = '2099-01-01T00:00:00.000Z';
    await mkdir(state, { recursive: true });
    await writeFile(
      join(state, 'killed.json'),
      JSON.stringify({
        server: there.server.address,
        pid: process.pid,
        start: 'of a process that is no more',
        remains: [
          { kind: 'token', name: token, who: 'unpoller', until },
          { kind: 'SecretID', name: secretId, who: 'unpoller', until },
          { kind: 'certificate', name: serial, who: 'unpoller', until },
          { kind: 'token', name: 'ended-meanwhile', who: 'unpoller', until },
        ],
      }),
    );
    const lines: string[] = [];
    const verified = await run((line) => lines.push(line), undefined, state);
    expect(lines).toContain('a run before this one was cut off: 4 things to give up');
    expect(verified.left).toEqual([]);
    expect(await readdir(state)).toEqual([]);
    const look = (path: string, body: unknown) => there.ask({ method: 'POST', path, body });
    expect(await look('auth/token/lookup-accessor', { accessor: token })).toMatchObject({
      status: 400,
    });
    const lookup = 'auth/approle/role/unpoller/secret-id-accessor/lookup';
    const found = await look(lookup, { secret_id_accessor: secretId });
    expect(found.status).toBeGreaterThanOrEqual(400);
    const revoked = (await there.admin('GET', `pki/cert/${serial}`))['data'];
    expect((revoked as { revocation_time: number }).revocation_time).toBeGreaterThan(0);
  });
});

describe('another than an operator', () => {
  it('is told who it takes', async () => {
    const token = await there.tokenOf('responder');
    const connection = { ...(await operator()), token, localAddress: addresses.responder };
    await expect(run(undefined, connection)).rejects.toThrow("this takes an operator's token");
  });
});

describe('a sealed server', () => {
  it('is no finding', async () => {
    const connection = await operator();
    await there.seal();
    await expect(run(undefined, connection)).rejects.toThrow(/sealed|cannot reach/);
    await there.restart();
    expect((await run()).tried.length).toBeGreaterThan(100);
  });
});
