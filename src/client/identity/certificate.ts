import { hasIdentity, stateDirectory } from '../certificate/state-place.ts';
import type { FindIdentity } from './source.ts';

/** The client certificate of an enrolled consumer, in its state directory. */
export const findCertificate: FindIdentity = ({ env, contract }) => {
  const { consumer = '' } = contract;
  const state = stateDirectory(env);
  const own = Object.hasOwn(contract.consumers, consumer)
    ? contract.consumers[consumer]
    : undefined;
  if (own?.certificate === undefined || !hasIdentity(state)) return undefined;
  return {
    described: `the certificate in ${state}`,
    // The consumer and not the certificate: a renewal changes nothing of who this is.
    binding: `consumer ${consumer}`,
    open: async (connection) => {
      const { loginByCertificate } = await import('../certificate/login.ts');
      const { ownToken } = await import('./login.ts');
      const login = await loginByCertificate(connection, contract, state);
      if (login === undefined) throw new Error('the certificate is gone');
      return ownToken(connection, login.token);
    },
  };
};
