import { actAs } from '../act-as.ts';
import { parsed, type ClientCommand } from '../command.ts';
import { loadContract } from '../contract-file.ts';
import { AuditLogError, defaultAuditLog } from '../incident/audit-files.ts';
import { caseOf, investigate } from '../incident/investigate.ts';
import { describe, reportJson } from '../incident/report.ts';
import { respond } from '../incident/respond.ts';
import { auditHash } from '../incident/tokens.ts';
import type { Hash, Trace } from '../incident/trace.ts';
import { accessorOf } from '../issuer/accessor.ts';
import { byAccessor } from '../issuer/account.ts';
import { openLedger } from '../issuer/ledger.ts';

export const incident: ClientCommand = {
  help: `
Answer an interception: what became of a SecretID, and an end to all of it.

  backbone incident <accessor> [--audit <file>]... [--dry-run] [--json]

Follows the SecretID through the audit log of OpenBao: who had it wrapped, who unwrapped it, from which address and
when, what was read with it. Then destroys the SecretID and revokes every token and certificate that came of it, with
their leases. As whom: a token of responder, or an operator's, who becomes it for one call.

  --audit <file>  log of the audit device \`first\` (default ${defaultAuditLog}); what was rotated from
                  it lies beside it and is read as well, .gz too; may be given several times
  --dry-run       look, and revoke nothing
  --json          one JSON object on stdout

Without a log it still ends everything: then every login of that consumer since the issue counts as the thief's.

Exit status: 0 all of it is revoked and the log told the whole story; 2 the log does not tell of it, or a certificate
is left, or a dry run found something alive; 1 could not.

Example: backbone incident 84896a0c-1347-aa90-a4f6-aca8b7558780 --audit /var/log/openbao/audit.log
`,
  async run(args, env) {
    const { values, words } = parsed(
      args,
      {
        audit: { type: 'string', multiple: true },
        'dry-run': { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
      },
      { min: 1, max: 1 },
    );
    const accessor = accessorOf(words[0] ?? '');
    const contract = loadContract(env);
    const ledger = openLedger(env);
    const issued = byAccessor(ledger.read(), accessor);
    const dryRun = values['dry-run'];
    const identity = await actAs('responder', contract, env);
    try {
      const { connection } = identity;
      const hash = auditHash(connection);
      const trace = await traceOf(accessor, values.audit, hash);
      const found = await caseOf(accessor, issued, trace, contract, connection);
      const response = await respond(connection, contract, hash, found, dryRun);
      if (!dryRun && issued !== undefined && response.certificatesLeft === 0) {
        ledger.add({ event: 'answered', accessor, at: new Date().toISOString() });
      }
      const tell = values.json ? reportJson : describe;
      process.stdout.write(`${tell(found, response, dryRun)}\n`);
      const alive = dryRun && (response.secretId === 'alive' || response.tokens.length > 0);
      const whole = found.trace !== undefined && response.certificatesLeft === 0;
      return whole && !alive ? 0 : 2;
    } finally {
      await identity.close();
    }
  },
};

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
