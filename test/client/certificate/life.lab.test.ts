import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { certificateRequest } from '../../../src/client/certificate/csr.ts';
import { readIdentity, storeIdentity } from '../../../src/client/certificate/identity.ts';
import { fileOf, issue } from '../bootstrap/delivering.ts';
import { addresses, deploy, type Deployed } from '../deployed.ts';

let deployed: Deployed;
beforeAll(async () => {
  deployed = await deploy();
});
afterAll(() => deployed.stop());

const stateOf = (home: string) => join(home, 'consumer');

async function boot(home: string, args: readonly string[] = [], env: Record<string, string> = {}) {
  const outcome = await deployed.bundle(['bootstrap', '--json', '--wait', '0', ...args], {
    home,
    consumer: 'unpoller',
    localAddress: addresses.unpoller,
    env: { BACKBONE_SEED: '/nonexistent', ...env },
  });
  const report = (outcome.stdout === '' ? {} : JSON.parse(outcome.stdout)) as {
    verdict?: string;
    credential?: string;
    why?: string;
    remedy?: string;
  };
  return { ...outcome, report };
}

/** A host that came in by a SecretID. */
async function enrolled(): Promise<string> {
  const home = await deployed.home();
  const file = await fileOf(deployed, await issue(deployed, 'unpoller'));
  const { exitCode, stderr } = await boot(home, ['--token-file', file]);
  expect(exitCode, stderr).toBe(0);
  return home;
}

/** Changes a field of the PKI role, until the work is done. */
async function withPki(
  step: 'enrol' | 'renew',
  change: Readonly<Record<string, string>>,
  work: () => Promise<void>,
): Promise<void> {
  const path = `pki/roles/${step}-unpoller`;
  const { data } = await deployed.admin('GET', path);
  await deployed.admin('POST', path, { ...(data as object), ...change });
  try {
    await work();
  } finally {
    await deployed.admin('POST', path, data);
  }
}

/**
 * Lives 80 minutes, 60 of which are over when it is signed: always due for a renewal, and good for longer than
 * any test takes.
 */
const due = { not_before_duration: '1h', ttl: '20m', max_ttl: '20m' };

/** Whether the certificate of a host lets it in, by the server's word. */
async function isGood(home: string): Promise<boolean> {
  const identity = readIdentity(stateOf(home));
  if (identity === undefined) return false;
  const { certificate: cert, key } = identity.pair;
  const { status } = await deployed.ask({
    method: 'POST',
    path: 'auth/cert/login',
    body: { name: 'unpoller' },
    token: undefined,
    from: addresses.unpoller,
    certificate: { cert, key },
  });
  return status === 200;
}

describe('the certificate of a consumer', () => {
  it('lets it in after a reboot, without a new SecretID', async () => {
    const home = await enrolled();
    for (let reboot = 0; reboot < 3; reboot += 1) {
      const { exitCode, report } = await boot(home);
      expect(exitCode).toBe(0);
      expect(report).toMatchObject({ verdict: 'delivered', credential: 'certificate' });
    }
  });

  it('is for client authentication under its own name, by a key that was made here', async () => {
    const home = await enrolled();
    const pem = await readFile(join(stateOf(home), 'client.pem'), 'utf8');
    const certificate = new X509Certificate(pem.slice(pem.indexOf('-----BEGIN CERTIFICATE')));
    expect(certificate.subject).toBe('CN=unpoller');
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
    const sent = (await deployed.audit()).filter(({ request }) =>
      (request as { path?: string }).path?.startsWith('pki/sign/'),
    );
    expect(sent.length).toBeGreaterThan(0);
    expect(JSON.stringify(sent)).not.toContain('PRIVATE KEY');
  });

  it('cannot be had with the token of a later login, nor be renewed with that of the first', async () => {
    const first = await deployed.tokenOf('unpoller');
    const ask = (path: string, token: string) =>
      deployed.ask({ method: 'POST', path, body: {}, token, from: addresses.unpoller });
    expect((await ask('pki/sign/renew-unpoller', first)).status).toBe(403);
    expect((await ask('pki/sign/enrol-unpoller', first)).status).toBe(400);
  });

  it('is known again where the delivery could not be taken away: that token is no new one', async () => {
    const home = await deployed.home();
    const credentials = await deployed.home();
    const file = join(credentials, 'backbone-secret-id');
    const content = JSON.stringify(await issue(deployed, 'unpoller'));
    const env = { CREDENTIALS_DIRECTORY: credentials };
    await writeFile(file, content);
    expect((await boot(home, [], env)).report).toMatchObject({ credential: 'secret-id' });
    // Systemd gives it again at every start.
    await writeFile(file, content);
    expect((await boot(home, [], env)).report).toMatchObject({
      verdict: 'delivered',
      credential: 'certificate',
    });
  });

  it('is renewed in good time, with a new key', async () => {
    await withPki('renew', due, () =>
      withPki('enrol', due, async () => {
        const home = await enrolled();
        const first = readIdentity(stateOf(home))?.pair.key ?? '';
        const { stderr } = await boot(home);
        expect(stderr).toContain('the certificate was renewed');
        const second = readIdentity(stateOf(home))?.pair.key;
        expect(second).not.toBe(first);
        expect((await boot(home)).exitCode).toBe(0);
      }),
    );
  });

  it('is left alone while it is young', async () => {
    const home = await enrolled();
    const { serial } = readIdentity(stateOf(home)) ?? {};
    expect((await boot(home)).stderr).not.toContain('renewed');
    expect(readIdentity(stateOf(home))?.serial).toBe(serial);
  });

  it('stays good where it cannot be renewed, and says so', async () => {
    await withPki('enrol', due, async () => {
      const policy = await deployed.admin('GET', 'sys/policies/acl/renew-unpoller');
      await deployed.admin('DELETE', 'sys/policies/acl/renew-unpoller');
      try {
        const home = await enrolled();
        const { exitCode, stderr } = await boot(home);
        expect(exitCode).toBe(0);
        expect(stderr).toContain('could not be renewed');
      } finally {
        const { policy: text } = policy['data'] as { policy: string };
        await deployed.admin('POST', 'sys/policies/acl/renew-unpoller', { policy: text });
      }
    });
  });

  it('is past its life after a long time without power: a new SecretID is needed, and is enough', async () => {
    const home = await enrolled();
    // The same key in a certificate that ends at once, as if the host had slept for a month.
    const key = createPrivateKey(readIdentity(stateOf(home))?.pair.key ?? '');
    const { data } = await deployed.admin('POST', 'pki/sign/enrol-unpoller', {
      csr: certificateRequest('unpoller', key),
      ttl: '1s',
    });
    storeIdentity(stateOf(home), key, (data as { certificate: string }).certificate, 'unpoller');
    while (await isGood(home)) await new Promise((resolve) => setTimeout(resolve, 200));

    const { exitCode, report } = await boot(home);
    expect(exitCode).toBe(42);
    expect(report).toMatchObject({ verdict: 'expired', credential: 'certificate' });
    expect(report.remedy).toContain('new SecretID');

    const file = await fileOf(deployed, await issue(deployed, 'unpoller'));
    expect((await boot(home, ['--token-file', file])).exitCode).toBe(0);
    expect((await boot(home)).report).toMatchObject({ credential: 'certificate' });
  });

  it('is refused when its role is gone, and when it is revoked', async () => {
    const home = await enrolled();
    const { data } = await deployed.admin('GET', 'auth/cert/certs/unpoller');
    await deployed.admin('DELETE', 'auth/cert/certs/unpoller');
    try {
      const { exitCode, report } = await boot(home);
      expect(exitCode).toBe(48);
      expect(report).toMatchObject({ verdict: 'refused', credential: 'certificate' });
    } finally {
      await deployed.admin('POST', 'auth/cert/certs/unpoller', data);
    }
    expect((await boot(home)).exitCode).toBe(0);

    const pem = await readFile(join(stateOf(home), 'client.pem'), 'utf8');
    const certificate = pem.slice(pem.indexOf('-----BEGIN CERTIFICATE'));
    await deployed.admin('POST', 'pki/revoke', { certificate });
    const list = await deployed.admin('GET', 'pki/cert/crl');
    await deployed.admin('POST', 'auth/cert/crls/consumers', {
      crl: (list['data'] as { certificate: string }).certificate,
    });
    expect((await boot(home)).exitCode).toBe(48);
  });

  it('is refused from another address', async () => {
    const home = await enrolled();
    const { exitCode } = await boot(home, [], { BACKBONE_SOURCE_ADDRESS: addresses.thief });
    expect(exitCode).toBe(48);
  });

  it.each([
    [
      'is open to others',
      async (file: string) => (await import('node:fs/promises')).chmod(file, 0o644),
    ],
    [
      'is cut off',
      async (file: string) => writeFile(file, (await readFile(file)).subarray(0, 300)),
    ],
    ['is something else', (file: string) => writeFile(file, 'canary-7d1f')],
  ])('is not used where its file %s', async (_, spoil) => {
    const home = await enrolled();
    await spoil(join(stateOf(home), 'client.pem'));
    const { exitCode, stderr } = await boot(home);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('client.pem');
    expect(stderr).not.toMatch(/canary|\n {4}at /);
  });
});

describe('two users of one certificate', () => {
  it('show themselves at the next login, whichever of them comes first', async () => {
    const home = await enrolled();
    const clone = await deployed.home();
    await cp(stateOf(home), stateOf(clone), { recursive: true });

    expect((await boot(clone)).exitCode).toBe(0);
    const { exitCode, report, stderr } = await boot(home);
    expect(exitCode).toBe(47);
    expect(report).toMatchObject({ verdict: 'cloned' });
    expect(stderr).toContain('another host');
    expect(existsSync(join(stateOf(home), 'alarms', 'unpoller-cloned-unknown.json'))).toBe(true);

    // A new SecretID says which of them stays.
    const file = await fileOf(deployed, await issue(deployed, 'unpoller'));
    expect((await boot(home, ['--token-file', file])).exitCode).toBe(0);
    expect((await boot(clone)).exitCode).toBe(47);
    expect((await boot(home)).exitCode).toBe(0);
  });

  it('are not what many processes of one host are', async () => {
    const home = await enrolled();
    const all = await Promise.all(Array.from({ length: 12 }, () => boot(home)));
    expect(all.map(({ exitCode }) => exitCode)).toEqual(all.map(() => 0));
  });
});

/** A start that is killed before its n-th step; returns whether it came that far. */
async function killedAt(step: number, home: string, args: readonly string[] = []) {
  const steps = join(home, 'steps');
  const { signal, exitCode, stderr } = await boot(home, args, {
    NODE_OPTIONS: `--import ${new URL('killing.mjs', import.meta.url).href}`,
    KILL_AT: String(step),
    STEPS: steps,
  });
  if (signal === undefined) expect(exitCode, stderr).toBe(0);
  return signal === 'SIGKILL';
}

describe('a kill', () => {
  it('between any two steps of a renewal leaves a pair that lets in', async () => {
    await withPki('enrol', due, () =>
      withPki('renew', due, async () => {
        const home = await enrolled();
        let step = 1;
        while (await killedAt(step, home)) {
          expect(await isGood(home), `killed before step ${String(step)}`).toBe(true);
          step += 1;
        }
        expect(step).toBeGreaterThan(10);
        expect((await boot(home)).exitCode).toBe(0);
      }),
    );
  });

  it('between any two steps of a first start ends in the right verdict', async () => {
    const seen = new Set<string>();
    for (let step = 1; ; step += 1) {
      const home = await deployed.home();
      const sent = await issue(deployed, 'unpoller');
      const file = await fileOf(deployed, sent);
      const killed = await killedAt(step, home, ['--token-file', file]);
      const { status } = await deployed.ask({
        method: 'POST',
        path: 'sys/wrapping/lookup',
        body: { token: sent.wrapping_token },
        token: undefined,
      });
      const { report, stderr } = await boot(home, ['--token-file', file]);
      const { verdict = '' } = report;
      seen.add(verdict);
      const at = `killed before step ${String(step)}: ${stderr}`;
      if (status === 200) expect(report, at).toMatchObject({ credential: 'secret-id' });
      if (status === 200 || !killed) expect(verdict, at).toBe('delivered');
      // Opened and stopped: this host cannot know that it was no thief, and says that it may have been itself.
      if (verdict === 'intercepted') expect(report.why, at).toContain('may have been itself');
      expect(['delivered', 'intercepted', 'never-arrived'], at).toContain(verdict);
      if (!killed) break;
    }
    expect([...seen].sort()).toEqual(['delivered', 'intercepted', 'never-arrived']);
  });
});
