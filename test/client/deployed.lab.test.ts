import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addresses, deploy, type Deployed } from './deployed.ts';

let deployed: Deployed;
beforeAll(async () => {
  deployed = await deploy();
});
afterAll(() => deployed.stop());

const read = (path: string, token: string, from: string) =>
  deployed.ask({ method: 'GET', path, token, from }).then(({ status }) => status);

describe('the deployment that client tests stand on', () => {
  it('gives a consumer its secret from its own address alone, and no other secret', async () => {
    const token = await deployed.tokenOf('unpoller');
    expect(await read('kv/data/unifi/exporter', token, addresses.unpoller)).toBe(200);
    expect(await read('kv/data/unifi/exporter', token, addresses.thief)).toBe(403);
    expect(await read('kv/data/grafana/admin', token, addresses.unpoller)).toBe(403);
  });

  it('has an operator who can become issuer and responder', async () => {
    const token = await deployed.operatorToken();
    for (const role of ['secret-id-issuer', 'responder']) {
      const { wrap_info } = await deployed.admin(
        'POST',
        `auth/approle/role/${role}/secret-id`,
        undefined,
        { token, from: addresses.alice, wrap: '60s' },
      );
      expect(wrap_info).toMatchObject({ wrapped_accessor: expect.any(String) as string });
    }
  });

  it('runs the client as it is shipped', async () => {
    expect(await deployed.bundle(['--help'])).toMatchObject({ exitCode: 0 });
  });

  it('survives a restart, and is sealed when told', async () => {
    await deployed.seal();
    const { status } = await deployed.ask({ method: 'GET', path: 'sys/health' });
    expect(status).toBe(503);
    await deployed.restart();
    expect(await read('kv/config', deployed.server.rootToken, '127.0.0.1')).toBe(200);
    expect((await deployed.audit()).length).toBeGreaterThan(0);
  });
});
