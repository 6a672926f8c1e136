import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Fault } from '../../lab/infisical/double.ts';
import { LivingAccess } from '../../src/infisical/living-access.ts';
import { readSecrets } from '../../src/infisical/secrets.ts';
import { tenant, tokenLimits } from './tenant.ts';

let fault: ((path: string) => Fault | undefined) | undefined;
const asked: string[] = [];
const at = tenant({
  fault: ({ path }) => {
    asked.push(path);
    return fault?.(path);
  },
});

/** Both clocks are moved together, so nothing here waits, and no machine is too slow. */
let seconds = 0;
const pass = (more: number) => {
  seconds += more;
  at().server.advance(more);
};

const open = async (limits?: { readonly numUsesLimit?: number }) => {
  const { id, clientSecret } = await at().mint(limits);
  const login = { clientId: at().clientId, clientSecret };
  const access = await LivingAccess.open(
    at().place,
    () => Promise.resolve(login),
    () => seconds,
  );
  return { access, uses: () => at().server.double.state().clientSecrets[id]?.numUses };
};

const read = (token: string) =>
  readSecrets(
    { ...at().place, token },
    { projectId: at().projectId, environment: 'prod', path: '/ai' },
  );

const { ttl, maxTtl, numUses } = tokenLimits;

beforeEach(() => {
  fault = undefined;
  asked.length = 0;
});
// The administrator's token ends by the same clock.
afterEach(() => {
  pass(-seconds);
});

describe('an access token that is looked after', () => {
  it('lives on after its first life, which ends for whoever kept the first text', async () => {
    const { access, uses } = await open();
    const first = access.connection.token;
    pass(ttl / 2);
    expect(await access.tend()).toBe(false);
    pass(ttl / 4);
    expect(await access.tend()).toBe(true);
    pass(ttl / 3);
    await expect(read(first)).rejects.toThrow(/expired/);
    await read(access.connection.token);
    expect(uses()).toBe(1);
    expect(asked).toContain('v1/auth/token/renew');
  });

  it('is another login where its longest life is near, and the one before is given up', async () => {
    const { access, uses } = await open();
    const before = new Set<string>();
    while (uses() === 1) {
      expect(seconds).toBeLessThan(maxTtl);
      before.add(access.connection.token);
      pass(ttl * 0.75);
      await access.tend();
      await read(access.connection.token);
    }
    expect(uses()).toBe(2);
    expect(before.size).toBeGreaterThan(2);
    for (const token of before) await expect(read(token)).rejects.toThrow(/40[13]/);
  });

  it('is another login where it was used up', async () => {
    const { access, uses } = await open();
    for (let use = 0; use < numUses; use += 1) await read(access.connection.token);
    pass(ttl * 0.75);
    expect(await access.tend()).toBe(true);
    await read(access.connection.token);
    expect(uses()).toBe(2);
  });

  it('is another login after its end, as a host may have slept', async () => {
    const { access } = await open();
    pass(ttl + 1);
    expect(access.left).toBeLessThan(0);
    expect(await access.tend()).toBe(true);
    await read(access.connection.token);
  });

  it('ends where the client secret has no more logins, and says so', async () => {
    const { access } = await open({ numUsesLimit: 1 });
    pass(ttl + 1);
    await expect(access.tend()).rejects.toThrow(/usage limit/);
  });

  it('stays as it is where Infisical is not there, and costs no login', async () => {
    const { access, uses } = await open();
    const { token } = access.connection;
    pass(ttl * 0.75);
    fault = () => ({ kind: 'drop' });
    await expect(access.tend()).rejects.toThrow(/cannot reach/);
    fault = undefined;
    await read(token);
    expect(access.connection.token).toBe(token);
    expect(await access.tend()).toBe(true);
    expect(uses()).toBe(1);
  });

  it('is dead in every text when it is given up', async () => {
    const { access } = await open();
    const first = access.connection.token;
    pass(ttl * 0.75);
    await access.tend();
    await access.close();
    for (const token of [first, access.connection.token]) {
      await expect(read(token)).rejects.toThrow(/401/);
    }
  });
});
