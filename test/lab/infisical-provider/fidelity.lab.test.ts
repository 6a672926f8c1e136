import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runDouble, type RunningDouble } from '../infisical/running-double.ts';
import { administer } from '../infisical/administer.ts';
import type { Workspace } from '../provider-protocol/workspace.ts';
import { everything } from './configuration.ts';
import { mirrorOf, realProvider, standInMirror, workspace } from './mirrors.ts';

const real = await realProvider();
if (real === undefined) {
  console.warn(
    'skipped: the stand-in is not compared, as no real provider infisical/infisical 0.19.24 is on this ' +
      'machine (BACKBONE_PROVIDERS names a mirror that has it)',
  );
}

interface ResourceChange {
  readonly address: string;
  readonly change: {
    readonly actions: readonly string[];
    readonly after: unknown;
    readonly after_unknown: unknown;
  };
}

/** What a plan would do, by address: the actions, and what is known of the result. */
async function planned(at: Workspace): Promise<Record<string, unknown>> {
  await at.plan('-out=plan.bin');
  const { stdout } = await at.ok('show', '-json', 'plan.bin');
  const { resource_changes } = JSON.parse(stdout) as {
    resource_changes: readonly ResourceChange[];
  };
  return Object.fromEntries(
    resource_changes.map(({ address, change: { actions, after, after_unknown } }) => [
      address,
      { actions, after, after_unknown },
    ]),
  );
}

describe.skipIf(real === undefined)('the stand-in and the real provider 0.19.24', () => {
  let server: RunningDouble;
  let mirrors: Record<'real' | 'stand-in', string>;

  beforeAll(async () => {
    server = await runDouble();
    mirrors = { real: await mirrorOf(real ?? ''), 'stand-in': await standInMirror() };
  });

  afterAll(async () => {
    await server.stop();
    await Promise.all(Object.values(mirrors).map((each) => rm(each, { recursive: true })));
  });

  it('plan the same for something new', async () => {
    const plans: Record<string, unknown> = {};
    for (const which of ['real', 'stand-in'] as const) {
      const at = await workspace(server, mirrors[which]);
      await at.write(everything(1));
      await at.init();
      plans[which] = await planned(at);
      await at.remove();
    }
    expect(plans['stand-in']).toEqual(plans['real']);
  });

  describe.each([
    ['real', 'stand-in'],
    ['stand-in', 'real'],
  ] as const)('applied by the %s one, then taken over by the %s one', (first, second) => {
    let at: Workspace;
    const use = async (which: 'real' | 'stand-in') => {
      await at.useMirror(mirrors[which]);
      await at.init();
    };

    beforeAll(async () => {
      at = await workspace(server, mirrors[first]);
      await at.write(everything(1));
      await at.init();
      await at.apply();
    });

    afterAll(async () => {
      await use(second);
      await at.ok('destroy', '-auto-approve', '-no-color');
      await at.remove();
    });

    it('plans no change by either', async () => {
      await at.planClean();
      await use(second);
      await at.planClean();
    });

    it('refreshes to the same state by both', async () => {
      await use(first);
      await at.apply('-refresh-only');
      const own = await at.state();
      await use(second);
      await at.apply('-refresh-only');
      expect(await at.state()).toEqual(own);
    });

    it('plans the same for a changed configuration, and one applies it for both', async () => {
      await at.write(everything(2));
      await use(first);
      const own = await planned(at);
      await use(second);
      expect(await planned(at)).toEqual(own);
      await at.apply();
      await use(first);
      await at.planClean();
      await at.write(everything(1));
      await at.apply();
      await use(second);
      await at.planClean();
    });

    it('sees the same drift', async () => {
      const state = await at.state();
      const id = (address: string) => String(state[address]?.['id']);
      const call = await administer(server);
      await call('PATCH', `v1/identities/${id('infisical_identity.agent')}`, {
        name: 'by-hand',
        role: 'no-access',
      });
      await call('PATCH', `v1/auth/universal-auth/identities/${id('infisical_identity.agent')}`, {
        accessTokenTTL: 60,
      });
      await call('DELETE', `v2/folders/${id('infisical_secret_folder.web')}`, {});
      await call('DELETE', `v1/secret-syncs/github/${id('infisical_secret_sync_github.web')}`);
      await use(first);
      const own = await planned(at);
      await use(second);
      expect(await planned(at)).toEqual(own);
      expect(own['infisical_secret_folder.web']).toMatchObject({ actions: ['create'] });
      await at.apply();
      await at.planClean();
    });
  });
});
