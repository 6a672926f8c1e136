import type { ConsumerContract, Contract, ResponseContract } from '../../contract/contract.ts';
import type { Connection } from '../openbao.ts';
import { destroySecretId, lookUpSecretId } from '../issuer/secret-ids.ts';
import { revokeCertificates, signedIn, stolenCertificates } from './certificates.ts';
import { revokeToken, tokensByHash, tokensOfConsumer } from './tokens.ts';
import type { Hash, Trace } from './trace.ts';

export interface Case {
  readonly accessor: string;
  readonly consumer: string;
  /** When it was issued, if the ledger or the log knows. */
  readonly since: Date | undefined;
  /** Absent: no audit log tells of it, so that every login of the consumer since then counts. */
  readonly trace: Trace | undefined;
}

/** What there was to take away. With `--dry-run` it is still there. */
export interface Response {
  readonly secretId: 'destroyed' | 'gone' | 'alive';
  /** Accessors of the tokens. */
  readonly tokens: readonly string[];
  /** Serial numbers. */
  readonly certificates: readonly string[];
  /** Certificates that were signed and whose serial numbers nobody could tell: still valid. */
  readonly certificatesLeft: number;
}

/**
 * Takes away everything that came of a SecretID. Sources before what they make: the SecretID, certificates, then
 * tokens, so that nothing new is made behind it. Can be repeated.
 *
 * @param connection  as the responder
 */
export async function respond(
  connection: Connection,
  contract: Contract,
  paths: ResponseContract,
  hash: Hash,
  incident: Case,
  dryRun: boolean,
): Promise<Response> {
  const { accessor, consumer, trace } = incident;
  const declared = contract.consumers[consumer];
  const secretId =
    declared === undefined ? 'gone' : await endSecretId(connection, declared, accessor, dryRun);
  const certificates =
    declared === undefined || trace === undefined
      ? []
      : await stolenCertificates(connection, paths, declared, trace, signedIn(trace, hash));
  if (!dryRun) {
    await revokeCertificates(connection, paths, certificates);
  }
  const tokens =
    trace === undefined
      ? await tokensOfConsumer(connection, paths, consumer, incident.since)
      : await tokensByHash(connection, paths, hash, trace.tokens);
  if (!dryRun) for (const token of tokens) await revokeToken(connection, paths, token);
  const certificatesLeft = (trace?.signed.size ?? 0) - certificates.length;
  return { secretId, tokens, certificates, certificatesLeft };
}

async function endSecretId(
  connection: Connection,
  { role }: ConsumerContract,
  accessor: string,
  dryRun: boolean,
): Promise<Response['secretId']> {
  if (!dryRun) return destroySecretId(connection, role, accessor);
  return (await lookUpSecretId(connection, role, accessor)) === undefined ? 'gone' : 'alive';
}
