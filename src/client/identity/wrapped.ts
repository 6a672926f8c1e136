import { UserError } from '../../user-error.ts';
import { findDelivery } from '../bootstrap/places.ts';
import type { FindIdentity } from './source.ts';

/**
 * A wrapped SecretID that is still to be taken: a bootstrap with its verdict, and from then on the certificate.
 *
 * A consumer that is to have no certificate is refused: its SecretID is good for one login, whose token this
 * call would give up at its end. `backbone run` keeps that token for as long as its command runs.
 */
export const findWrapped: FindIdentity = ({ env, contract }) => {
  const { consumer = '', consumers } = contract;
  const own = Object.hasOwn(consumers, consumer) ? consumers[consumer] : undefined;
  if (own === undefined) return undefined;
  const found = findDelivery(env, {});
  if (found === undefined) return undefined;
  return {
    described: `the wrapped SecretID in ${found.place}`,
    binding: `consumer ${consumer}`,
    open: async (connection) => {
      if (own.certificate === undefined) {
        throw new UserError(
          `the wrapped SecretID in ${found.place} is good for one login: start the program with ` +
            '`backbone run -- <command>`, which keeps that login for it (nothing was used up)',
        );
      }
      const { conclude } = await import('../bootstrap/conclude.ts');
      const { hostOf } = await import('../bootstrap/options.ts');
      const { line } = await import('../bootstrap/verdict.ts');
      const { ownToken } = await import('./login.ts');
      const { session, verdict } = await conclude(hostOf({}, contract, env));
      if (session?.connection.token === undefined) throw new UserError(line(consumer, verdict));
      return ownToken(connection, session.connection.token);
    },
  };
};
