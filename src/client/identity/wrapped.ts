import { join } from 'node:path';
import { findDelivery } from '../bootstrap/places.ts';
import { cacheDirectory } from '../creds/cache-directory.ts';
import { sha256 } from '../sha256.ts';
import type { FindIdentity } from './source.ts';

/**
 * A wrapped SecretID that is still to be taken: a bootstrap, with its verdict.
 *
 * A delivery is good for one login, and whoever has it in the environment may call this more often. A consumer
 * that is to have no certificate keeps the token of that login in its private cache, by the digest of the
 * delivery, until the token ends.
 */
export const findWrapped: FindIdentity = ({ env, contract }) => {
  const { consumer = '', consumers } = contract;
  if (!Object.hasOwn(consumers, consumer)) return undefined;
  const found = findDelivery(env, {});
  if (found === undefined) return undefined;
  const digest = sha256(found.delivery.wrappingToken);
  const name = digest.slice(0, 12);
  const file = join(cacheDirectory(env), `${name}.token`);
  return {
    described: `the wrapped SecretID in ${found.place}`,
    binding: `consumer ${consumer}`,
    open: async (connection) => {
      const { takeWrapped } = await import('./take-wrapped.ts');
      return takeWrapped({ env, contract, connection, file, name });
    },
  };
};
