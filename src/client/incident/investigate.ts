import type { Contract } from '../../contract/contract.ts';
import { UserError } from '../../user-error.ts';
import type { MintedSecretId } from '../issuer/account.ts';
import { lookUpSecretId } from '../issuer/secret-ids.ts';
import type { Connection } from '../openbao.ts';
import { auditFiles, linesOf } from './audit-files.ts';
import type { Case } from './respond.ts';
import { trace, type Hash, type Trace } from './trace.ts';

/** @throws AuditLogError */
export async function investigate(
  accessor: string,
  logs: readonly string[],
  hash: Hash,
): Promise<Trace> {
  const files = (await Promise.all(logs.map(auditFiles))).flat();
  return trace(accessor, everyLine(files), hash);
}

async function* everyLine(files: readonly string[]): AsyncGenerator<string> {
  for (const file of files) yield* linesOf(file);
}

/**
 * Whose SecretID it is: by the ledger, by the path that made it, or by whoever still has it.
 *
 * @throws UserError  nobody knows it
 */
export async function caseOf(
  accessor: string,
  issued: MintedSecretId | undefined,
  found: Trace | undefined,
  contract: Contract,
  connection: Connection,
): Promise<Case> {
  const made = found?.steps.find(({ kind }) => kind === 'issued');
  const trace = found === undefined || found.steps.length === 0 ? undefined : found;
  const at = issued?.at ?? made?.at;
  const since = at === undefined ? undefined : new Date(at);
  const known =
    issued?.consumer ??
    Object.entries(contract.consumers).find(([, { role }]) => role.secretId === made?.path)?.[0];
  if (known !== undefined) return { accessor, consumer: known, since, trace };
  for (const [consumer, { role }] of Object.entries(contract.consumers)) {
    const waiting = await lookUpSecretId(connection, role, accessor);
    if (waiting !== undefined) return { accessor, consumer, since, trace };
  }
  throw new UserError(
    'neither the ledger, nor the audit log, nor OpenBao knows a SecretID of that accessor: nothing was revoked; ' +
      'name the log of the device `first` with --audit',
  );
}
