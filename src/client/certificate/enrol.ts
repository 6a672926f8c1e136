import { object, text } from '../../contract/shape.ts';
import { call, type Connection } from '../openbao.ts';
import { certificateRequest } from './csr.ts';
import { newKey, storeIdentity, type Identity } from './identity.ts';

/**
 * Makes a key, has its request signed and stores both in one step, in place of what was there. The key never
 * leaves this host; until the step, what was there before stays good.
 *
 * @param path  where it is signed: `enrol` with a token of the AppRole login, `renew` with one of the
 *   certificate login (OpenBao API, PKI, "Sign certificate")
 */
export async function obtainCertificate(
  connection: Connection,
  path: string,
  commonName: string,
  state: string,
): Promise<Identity> {
  const key = newKey();
  const answer = await call(connection, {
    method: 'POST',
    path,
    body: { csr: certificateRequest(commonName, key) },
  });
  return storeIdentity(state, key, text(object(answer?.data, path), 'certificate'), commonName);
}
