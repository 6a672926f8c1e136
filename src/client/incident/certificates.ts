import type { ConsumerContract, ResponseContract } from '../../contract/contract.ts';
import { object, text, texts } from '../../contract/shape.ts';
import { call, OpenBaoError, type Connection } from '../openbao.ts';
import { colonHex, type Hash, type Trace } from './trace.ts';

/**
 * Serial numbers of the certificates that came of a SecretID, as the PKI writes them: those that were used are in
 * the trace, the others are found in the PKI's list by their hash.
 */
export async function stolenCertificates(
  connection: Connection,
  { certificates: path }: ResponseContract,
  { certificate }: ConsumerContract,
  { signed, certificates }: Trace,
  isSigned: (serial: string) => Promise<boolean>,
): Promise<readonly string[]> {
  const found = new Set([...certificates].map(colonHex));
  if (certificate === undefined || found.size >= signed.size) return [...found];
  const answer = await call(connection, { method: 'LIST', path }).catch((error: unknown) => {
    // A responder of an older deployment may not look; what is missing is told.
    if (error instanceof OpenBaoError && error.status === 403) return undefined;
    throw error;
  });
  for (const serial of answer === undefined ? [] : texts(object(answer.data, path), 'keys')) {
    if (await isSigned(serial)) found.add(serial);
  }
  return [...found];
}

/** Whether the PKI's serial number is one of the trace. */
export function signedIn({ signed }: Trace, hash: Hash): (serial: string) => Promise<boolean> {
  return async (serial) => signed.has(await hash(serial));
}

/**
 * Revokes certificates, and tells the certificate login, which asks no PKI (OpenBao documentation, "TLS
 * certificates", revocation checking).
 */
export async function revokeCertificates(
  connection: Connection,
  paths: ResponseContract,
  serials: readonly string[],
): Promise<void> {
  if (serials.length === 0) return;
  for (const serial of serials) {
    await call(connection, {
      method: 'POST',
      path: paths.revokeCertificate,
      body: { serial_number: serial },
    });
  }
  const path = paths.revocationList;
  const answer = await call({ ...connection, token: undefined }, { method: 'GET', path });
  const crl = text(object(answer?.data, path), 'certificate');
  await call(connection, { method: 'POST', path: paths.tellRevocations, body: { crl } });
}
