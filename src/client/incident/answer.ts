import type { Contract, ResponseContract } from '../../contract/contract.ts';
import { UserError } from '../../user-error.ts';
import { actAs } from '../act-as.ts';
import { loadContract } from '../contract-file.ts';
import { byAccessor } from '../issuer/account.ts';
import { openLedger } from '../issuer/ledger.ts';
import { AuditLogError, defaultAuditLog } from './audit-files.ts';
import { caseOf, investigate } from './investigate.ts';
import { respond, type Case, type Response } from './respond.ts';
import { auditHash } from './tokens.ts';
import type { Hash, Trace } from './trace.ts';

export interface Answered {
  readonly incident: Case;
  readonly response: Response;
  /** The log told the whole story, and nothing of it is left. */
  readonly whole: boolean;
}

/**
 * Answers an interception as the responder: follows the SecretID through the audit log, and takes away all that came
 * of it. Can be repeated.
 *
 * @param options.audit  logs; @default the usual place, and none where that is on another host
 * @throws UserError  this machine cannot be the responder, a named log cannot be read, nobody knows the SecretID
 */
export async function answer(
  env: NodeJS.ProcessEnv,
  accessor: string,
  options: { readonly audit: readonly string[] | undefined; readonly dryRun: boolean },
): Promise<Answered> {
  const contract = loadContract(env);
  const ledger = openLedger(env);
  const issued = byAccessor(ledger.read(), accessor);
  const identity = await actAs('responder', contract, env);
  try {
    const { connection } = identity;
    const paths = responsePaths(contract);
    const hash = auditHash(connection, paths);
    const trace = await traceOf(accessor, options.audit, hash);
    const incident = await caseOf(accessor, issued, trace, contract, connection);
    const response = await respond(connection, contract, paths, hash, incident, options.dryRun);
    const nothingLeft = response.certificatesLeft === 0;
    if (!options.dryRun && issued !== undefined && nothingLeft) {
      ledger.add({ event: 'answered', accessor, at: new Date().toISOString() });
    }
    return { incident, response, whole: incident.trace !== undefined && nothingLeft };
  } finally {
    await identity.close();
  }
}

/** @throws UserError  the contract is that of a consumer's host, which answers no interception */
function responsePaths({ response }: Contract): ResponseContract {
  if (response !== undefined) return response;
  throw new UserError(
    'this contract tells nothing of how an interception is answered: it is that of a consumer; take one that ' +
      '`backbone contract` writes without --consumer',
  );
}

/** The same at once, where whoever found the interception may; otherwise it stays for somebody who may. */
export async function answerIfAllowed(env: NodeJS.ProcessEnv, accessor: string): Promise<void> {
  try {
    const { response, whole } = await answer(env, accessor, { audit: undefined, dryRun: false });
    process.stderr.write(
      `backbone: revoked ${String(response.tokens.length)} tokens that came of ${accessor}` +
        (whole ? '\n' : `; who had it, the audit log tells: backbone incident ${accessor}\n`),
    );
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    process.stderr.write(`backbone: not answered yet: ${error.message}\n`);
  }
}

/** A log that was named has to be there; where none was, the usual one may be on another host. */
async function traceOf(
  accessor: string,
  named: readonly string[] | undefined,
  hash: Hash,
): Promise<Trace | undefined> {
  try {
    return await investigate(accessor, named ?? [defaultAuditLog], hash);
  } catch (error) {
    if (named !== undefined || !(error instanceof AuditLogError)) throw error;
    process.stderr.write(`backbone: ${error.message}; going on without it\n`);
    return undefined;
  }
}
