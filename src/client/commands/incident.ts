import { parsed, type ClientCommand } from '../command.ts';
import { answer } from '../incident/answer.ts';
import { defaultAuditLog } from '../incident/audit-files.ts';
import { describe, reportJson } from '../incident/report.ts';
import { accessorOf } from '../issuer/accessor.ts';

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
    const dryRun = values['dry-run'];
    const { incident, response, whole } = await answer(env, accessorOf(words[0] ?? ''), {
      audit: values.audit,
      dryRun,
    });
    const tell = values.json ? reportJson : describe;
    process.stdout.write(`${tell(incident, response, dryRun)}\n`);
    const alive = dryRun && (response.secretId === 'alive' || response.tokens.length > 0);
    return whole && !alive ? 0 : 2;
  },
};
