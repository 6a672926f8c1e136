import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deploy, type Deployed } from '../deployed.ts';
import { begin, finish, protocolCommands, type Model } from './protocol/commands.ts';
import { World } from './protocol/world.ts';

/**
 * OpenBao locks a role for 15 minutes after five failed logins ("User lockout"). A thief who fails makes that
 * happen, and the verdict of the next start would depend on how often he did.
 */
const withoutLockout = 'user_lockout "approle" {\n  disable_lockout = true\n}\n';

let deployed: Deployed;
let tokens: { readonly issuer: string; readonly responder: string };
beforeAll(async () => {
  deployed = await deploy({ plugins: () => withoutLockout });
  tokens = {
    issuer: await deployed.tokenOf('secret-id-issuer'),
    responder: await deployed.tokenOf('responder'),
  };
});
afterAll(() => deployed.stop());

/**
 * The same interleavings at every run, so that a change is what makes it fail. To search for others:
 * `BACKBONE_PROTOCOL_SEED=$RANDOM BACKBONE_PROTOCOL_RUNS=100`.
 */
const searching = process.env['BACKBONE_PROTOCOL_SEED'];
const seed = Number(searching ?? 2);
const numRuns = Number(process.env['BACKBONE_PROTOCOL_RUNS'] ?? 12);

describe('the protocol of a bootstrap', () => {
  it('ends in the right verdict in any order of what may happen, and no theft outlives the sweep', async () => {
    const verdicts = new Set<string>();
    await fc.assert(
      fc.asyncProperty(protocolCommands(16), async (commands) => {
        const world = new World(deployed, await deployed.home(), tokens);
        const model: Model = {
          latest: undefined,
          delivered: undefined,
          used: undefined,
          certificate: false,
        };
        await begin(model, world);
        await fc.asyncModelRun(() => ({ model, real: world }), commands);
        await finish(model, world);
        for (const verdict of world.verdicts) verdicts.add(verdict);
      }),
      { seed, numRuns, endOnFailure: true },
    );
    if (searching !== undefined) return;
    // Interleavings in which little happens would prove little.
    expect([...verdicts].sort()).toEqual([
      'delivered',
      'expired',
      'intercepted',
      'never-arrived',
      're-wrapped',
      'refused',
    ]);
  }, 900_000);
});
