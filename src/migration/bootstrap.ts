import { issueSecretId, loginAppRole, readRoleId, unwrapSecretId } from '../client/approle.ts';
import { lookupSelf, revokeSelf } from '../client/token.ts';
import { approlePaths, mounts } from '../model/names.ts';
import { UserError } from '../user-error.ts';
import { isRefused } from './attempt.ts';
import type { Check, ClassPlan, Place } from './row.ts';

const identity = 'terraform-plan';

/**
 * A whole delivery with the identity that may least: wrapped, unwrapped once, logged in, given up. No
 * consumer's own SecretID is made, as one that nobody waits for is a credential that lies about.
 */
export const bootstrap: ClassPlan = {
  was: 'nothing',
  target: 'AppRole with a response-wrapped, single-use SecretID at container create',
  back: 'there is no older way: what a consumer was given before, its owner gives it again',
  next: {
    current: 'deploy openbao, and start one consumer with `backbone launch`',
    dual: 'start the others the same way, and take what they were given before out of their images',
  },
  missing: ({ consumers }) =>
    consumers.some(({ kind }) => kind !== 'operator') ? [] : ['no unattended consumer is declared'],
  prove: async (place) => deliver(place),
};

async function deliver({ backbone, connection }: Place): Promise<readonly Check[]> {
  const paths = { ...approlePaths(identity), login: `auth/${mounts.approle}/login` };
  const delivered = `a wrapped SecretID of ${identity} is unwrapped once and logs in`;
  const once = 'unwrapped a second time, it shows the interception';
  try {
    const wrapTtl = backbone.declaration.openbao.wrapTtl.min;
    const { wrappingToken } = await issueSecretId(connection, paths, wrapTtl);
    const { token } = await loginAppRole(connection, paths, {
      roleId: await readRoleId(connection, paths),
      secretId: await unwrapSecretId(connection, paths, wrappingToken),
    });
    const { ttl } = await lookupSelf({ ...connection, token });
    await revokeSelf({ ...connection, token });
    return [
      {
        what: delivered,
        outcome: 'proved',
        found: `a token for ${String(Math.round(ttl / 60))} min`,
      },
      await isRefused(
        once,
        () => true,
        () => unwrapSecretId(connection, paths, wrappingToken),
      ),
    ];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [{ what: delivered, outcome: 'failed', found: error.message }];
  }
}
