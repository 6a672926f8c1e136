import { X509Certificate } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createCa, issue, type KeyPair } from '../../lab/pki.ts';
import { startUnifiDouble, type UnifiDouble } from '../../lab/unifi/double.ts';
import { ControllerError, send, type Place, type Sent } from '../../src/rotation/transport.ts';

let directory: string;
let tls: KeyPair;
let unifi: UnifiDouble;
let pinned: Place;
const login: Sent = {
  method: 'POST',
  path: '/api/auth/login',
  body: { username: 'a', password: 'canary-4711' },
};

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'transport-'));
  tls = await issue(await createCa('test'), { commonName: 'other.example' });
  unifi = await startUnifiDouble({ kind: 'os', stateDir: directory, accounts: [], tls });
  const { fingerprint256 } = new X509Certificate(tls.certificate);
  const certificateSha256 = fingerprint256.replaceAll(':', '').toLowerCase();
  pinned = { controller: unifi.url, certificateSha256 };
});
afterAll(async () => {
  await unifi.close();
  await rm(directory, { recursive: true, force: true });
});
beforeEach(() => {
  unifi.faults.plan(undefined);
});

const refusal = (place: Place) =>
  send(place, login).then(
    () => undefined,
    (error: unknown) => error,
  );

it('speaks to the controller whose certificate is pinned, whatever name stands in it', async () => {
  expect((await send(pinned, login)).status).toBe(403);
});

it.each([
  ['another certificate than the pinned one', () => ({ certificateSha256: '0b'.repeat(32) })],
  ['one that no known CA signed, and none is pinned', () => ({})],
])('sends nothing to %s', async (_, pin) => {
  const before = unifi.requests.length;
  const error = await refusal({ controller: unifi.url, ...pin() });
  expect(error).toBeInstanceOf(ControllerError);
  expect(unifi.requests).toHaveLength(before);
  expect((error as ControllerError).status).toBeUndefined();
});

it('gives up on a controller that does not answer, without an opinion on what it did', async () => {
  unifi.faults.plan({ how: 'hang', step: 1 });
  const error = await refusal({ ...pinned, patience: 200 });
  expect((error as ControllerError).status).toBeUndefined();
  expect(String(error)).toContain('gave no answer to POST /api/auth/login: none within 0.2 s');
  expect(String(error)).not.toContain('canary');
});

it('tells nobody at the port from a refusal', async () => {
  const error = await refusal({ ...pinned, controller: 'https://127.0.0.1:1' });
  expect(String(error)).toContain('cannot reach the UniFi controller at https://127.0.0.1:1');
});
