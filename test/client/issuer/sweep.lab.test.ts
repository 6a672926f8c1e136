import { readFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { arrive, isAlive, letBeLate, logIn, readEnvelope, secretIdsOf, unwrap } from '../acts.ts';
import type { Envelope } from '../acts.ts';
import { addresses, deploy, type Deployed } from '../deployed.ts';

let deployed: Deployed;
let home: string;
let spool: string;
beforeAll(async () => {
  deployed = await deploy();
});
afterAll(() => deployed.stop());

beforeEach(async () => {
  home = await deployed.home();
  spool = join(home, 'spool');
  await mkdir(spool);
});

const run = async (...args: readonly string[]) =>
  deployed.bundle(['secret-id', ...args], {
    env: { BAO_TOKEN: await issuerToken() },
    localAddress: addresses.issuer,
    home,
  });

let token: string | undefined;
const issuerToken = async () => (token ??= await deployed.tokenOf('secret-id-issuer'));

async function issued(...options: readonly string[]): Promise<Envelope> {
  const out = join(home, `out-${String(Math.random()).slice(2)}`);
  const { exitCode } = await run('issue', 'unpoller', '--out', out, ...options);
  expect(exitCode).toBe(0);
  return readEnvelope(out);
}

const sweep = (...options: readonly string[]) =>
  run('sweep', '--spool', spool, '--json', ...options);
const resultsOf = (stdout: string) => JSON.parse(stdout) as readonly Record<string, string>[];

const isWaiting = async ({ accessor }: Envelope) =>
  (await secretIdsOf(deployed, 'unpoller')).includes(accessor);

const delivery = ({ wrapping_token, role_id, accessor }: Envelope) => ({
  token: wrapping_token,
  roleId: role_id,
  accessor,
});

/** Somebody at the consumer's own address, who does not confirm. */
async function steal(envelope: Envelope): Promise<string> {
  const secretId = await unwrap(deployed, envelope.wrapping_token, addresses.thief);
  return (await logIn(deployed, envelope.role_id, secretId, addresses.unpoller)).token;
}

const record = (envelope: Envelope, verdict: string, consumer = 'unpoller') =>
  writeFile(
    join(spool, `${verdict}-${envelope.accessor}.json`),
    JSON.stringify({ version: 1, consumer, verdict, accessor: envelope.accessor }),
  );

describe('secret-id sweep', () => {
  it('leaves alone what still has time, and destroys what has not', async () => {
    const late = await issued();
    await letBeLate(home);
    const early = await issued();
    const { exitCode, stdout } = await sweep();
    expect(exitCode).toBe(0);
    expect(resultsOf(stdout)).toMatchObject([
      { accessor: late.accessor, result: 'destroyed', why: 'not delivered in time' },
      { accessor: early.accessor, result: 'open', why: 'undelivered' },
    ]);
    expect([await isWaiting(early), await isWaiting(late)]).toEqual([true, false]);
  });

  it('confirms what has arrived, also when another arrived since', async () => {
    const [first, second] = [await issued(), await issued()];
    for (const one of [first, second]) await arrive(deployed, 'unpoller', delivery(one));
    await letBeLate(home);
    const { exitCode, stdout } = await sweep();
    expect(resultsOf(stdout)).toMatchObject([{ result: 'arrived' }, { result: 'arrived' }]);
    expect(exitCode).toBe(0);
    expect(resultsOf((await sweep()).stdout)).toEqual([]);
  });

  it('takes for intercepted what was used and not confirmed, every time until it is answered', async () => {
    const envelope = await issued();
    await steal(envelope);
    await letBeLate(home);
    const first = await sweep();
    expect(first.exitCode).toBe(2);
    expect(resultsOf(first.stdout)).toMatchObject([{ result: 'intercepted' }]);
    expect(first.stderr).toContain(`ALARM`);
    expect(first.stderr).toContain(`backbone incident ${envelope.accessor}`);
    const second = await sweep();
    expect(second.exitCode).toBe(2);
    expect(second.stderr).not.toContain('ALARM');
  });

  it('ends at once what was got with it, where an operator sweeps', async () => {
    const envelope = await issued();
    const stolen = await steal(envelope);
    await letBeLate(home);
    const swept = await deployed.bundle(['secret-id', 'sweep'], {
      env: { BAO_TOKEN: await deployed.operatorToken() },
      localAddress: addresses.alice,
      home,
    });
    expect(swept.exitCode).toBe(2);
    // Without an audit log, what the tests before got within the same second counts as well.
    expect(swept.stderr).toMatch(/revoked [1-9]\d* tokens/);
    expect(await isAlive(deployed, stolen, addresses.unpoller)).toBe(false);
    expect((await sweep()).exitCode).toBe(0);
  });

  it('gives whoever logged in the time to confirm', async () => {
    const envelope = await issued('--arrive-within', '5m');
    await steal(envelope);
    const { exitCode, stdout } = await sweep();
    expect(exitCode).toBe(0);
    expect(resultsOf(stdout)).toMatchObject([{ result: 'open', why: 'arriving' }]);
  });

  it.each(['intercepted', 're-wrapped', 'wrong-path'])(
    'destroys at once what its consumer reports as %s',
    async (verdict) => {
      const envelope = await issued();
      await unwrap(deployed, envelope.wrapping_token, addresses.thief);
      await record(envelope, verdict);
      expect(await isWaiting(envelope)).toBe(true);
      const { exitCode, stderr } = await sweep();
      expect(exitCode).toBe(2);
      expect(stderr).toContain(`reported: ${verdict}`);
      expect(await isWaiting(envelope)).toBe(false);
      expect((await sweep()).exitCode).toBe(2);
    },
  );

  it('does not take the word of one consumer for another, nor anything that is no record', async () => {
    const envelope = await issued();
    await record(envelope, 'intercepted', 'grafana');
    await writeFile(join(spool, 'garbage.json'), '{"accessor":');
    await writeFile(join(spool, '\u001b[2J.json'), 'null');
    const { exitCode, stdout, stderr } = await sweep();
    expect(resultsOf(stdout)).toMatchObject([{ result: 'open' }]);
    expect(exitCode).toBe(0);
    expect(stderr).toContain('garbage.json" is no record');
    expect(stderr).not.toContain('\u001b');
    expect(await isWaiting(envelope)).toBe(true);
  });

  it('names an interception that another ledger knows, and a spool that it cannot read', async () => {
    const foreign = { ...(await issued()), accessor: '84896a0c-1347-aa90-a4f6-aca8b7558780' };
    await record(foreign, 'intercepted');
    const { exitCode, stderr } = await sweep();
    expect(exitCode).toBe(2);
    expect(stderr).toContain('which this ledger does not know');
    const missing = await run('sweep', '--spool', join(home, 'no-such'));
    expect(missing).toMatchObject({ exitCode: 1 });
    expect(missing.stderr).toContain('cannot be read');
  });

  it('can be run twice at once', async () => {
    const envelopes = [await issued(), await issued()];
    await letBeLate(home);
    const both = await Promise.all([sweep(), sweep()]);
    expect(both.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    expect(await secretIdsOf(deployed, 'unpoller')).not.toContain(envelopes[0]?.accessor);
    expect(resultsOf((await sweep()).stdout)).toEqual([]);
  });
});

describe('secret-id list', () => {
  it('tells the state of each, and changes nothing', async () => {
    const [late, used] = [await issued(), await issued()];
    await steal(used);
    await letBeLate(home);
    const [waiting, arrived] = [await issued(), await issued()];
    await arrive(deployed, 'unpoller', delivery(arrived));
    const file = join(home, '.local/state/credential-backbone/ledger.jsonl');
    const before = await readFile(file);
    const { stdout } = await run('list', '--json');
    expect(resultsOf(stdout).map(({ state }) => state)).toEqual([
      'overdue',
      'used',
      'undelivered',
      'arrived',
    ]);
    expect(resultsOf(stdout).map(({ accessor }) => accessor)).toEqual(
      [late, used, waiting, arrived].map(({ accessor }) => accessor),
    );
    expect(await readFile(file)).toEqual(before);
    expect((await run('list')).stdout).toContain(`${used.accessor}  used`);
  });

  it('tells an empty ledger from one that it cannot use', async () => {
    const empty = await run('list');
    expect(empty).toMatchObject({ exitCode: 0, stdout: '' });
    const state = join(home, '.local/state/credential-backbone');
    await mkdir(state, { recursive: true });
    await writeFile(join(state, 'ledger.jsonl'), '', { mode: 0o666 });
    const { chmod } = await import('node:fs/promises');
    await chmod(join(state, 'ledger.jsonl'), 0o666);
    const open = await run('list');
    expect(open.exitCode).toBe(1);
    expect(open.stderr).toContain('can be written by others');
  });
});

describe('secret-id revoke', () => {
  it('destroys one that waits, whoever issued it', async () => {
    const envelope = await issued();
    const elsewhere = await deployed.home();
    const { exitCode, stderr } = await deployed.bundle(['secret-id', 'revoke', envelope.accessor], {
      env: { BAO_TOKEN: await issuerToken() },
      localAddress: addresses.issuer,
      home: elsewhere,
    });
    expect(stderr).toContain('of unpoller');
    expect(exitCode).toBe(0);
    expect(await isWaiting(envelope)).toBe(false);
  });

  it('says when it comes too late, and when there was nothing', async () => {
    const used = await issued();
    await steal(used);
    const late = await run('revoke', used.accessor);
    expect(late.exitCode).toBe(2);
    expect(late.stderr).toContain(`backbone incident ${used.accessor}`);
    const unknown = await run('revoke', '84896a0c-1347-aa90-a4f6-aca8b7558780');
    expect(unknown.exitCode).toBe(1);
    expect(unknown.stderr).toContain('nothing was destroyed');
  });

  it('does not repeat what is no accessor', async () => {
    const { wrapping_token } = await issued();
    const { exitCode, stderr } = await run('revoke', wrapping_token);
    expect(exitCode).toBe(1);
    expect(stderr).not.toContain(wrapping_token);
  });
});
