import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { administer } from '../infisical/administer.ts';
import { runDouble, type RunningDouble } from '../infisical/running-double.ts';
import type { Workspace } from '../provider-protocol/workspace.ts';
import { everything } from './configuration.ts';
import { standInMirror, workspace } from './mirrors.ts';

let mirror: string;

beforeAll(async () => {
  mirror = await standInMirror();
});

afterAll(async () => {
  await rm(mirror, { recursive: true, force: true });
});

async function onServer(
  plan: 'free' | 'pro',
  work: (at: Workspace, server: RunningDouble) => Promise<void>,
): Promise<void> {
  const server = await runDouble({ plan });
  const at = await workspace(server, mirror);
  try {
    await work(at, server);
  } finally {
    await at.remove();
    await server.stop();
  }
}

describe('the stand-in for the infisical provider', () => {
  it('creates, plans clean, changes in place and destroys one of each type', () =>
    onServer('pro', async (at, server) => {
      await at.write(everything(1));
      await at.init();
      const { text } = await at.apply();
      expect(text).toContain('The infisical provider is a stand-in');
      await at.planClean();
      await at.write(everything(2));
      expect((await at.apply()).text).toMatch(/0 added, \d+ changed, 0 destroyed/);
      await at.planClean();
      await at.ok('destroy', '-auto-approve', '-no-color');
      const { projects, identities } = server.double.state();
      expect(Object.keys(projects)).toEqual([]);
      expect(Object.keys(identities)).toEqual(['administrator']);
    }));

  it('keeps the client secret out of state, plan and messages', () =>
    onServer('pro', async (at, server) => {
      const { clientSecret } = server.administrator;
      await at.write(everything(1));
      await at.init();
      expect((await at.apply()).text).not.toContain(clientSecret);
      expect(await at.stateText()).not.toContain(clientSecret);
      at.withEnv({ INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET: 'canary-wrong' });
      const refused = await at.tryApply();
      expect(refused.exitCode).toBe(1);
      expect(refused.text).toContain('401: Invalid credentials');
      expect(refused.text).not.toContain('canary-wrong');
    }));

  it('says on a free server what to do about trusted IPs', () =>
    onServer('free', async (at) => {
      await at.write(everything(1));
      await at.init();
      const { exitCode, text } = await at.tryApply();
      expect(exitCode).toBe(1);
      expect(text).toContain('plan restriction');
      expect(text).toContain('write plan: free in the declaration');
    }));

  it('makes again what somebody removed', () =>
    onServer('pro', async (at, server) => {
      await at.write(everything(1));
      await at.init();
      await at.apply();
      const id = String((await at.state())['infisical_identity.github']?.['id']);
      const call = await administer(server);
      await call('DELETE', `v1/identities/${id}`);
      expect((await at.plan()).text).toContain('infisical_identity.github will be created');
      await at.apply();
      await at.planClean();
    }));
});
