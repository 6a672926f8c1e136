import { UsageError } from '../../usage-error.ts';
import type { ClientCommand } from '../command.ts';

const help = `
Issue wrapped SecretIDs, and look after them.

  backbone secret-id issue <consumer> (--out <file> | --token-file <file> | --fd <number> | -- command ...)
  backbone secret-id list [--json]
  backbone secret-id revoke <accessor>
  backbone secret-id sweep [--spool <directory>] [--json]

As whom: a token of secret-id-issuer, or an operator's, who becomes it for one call.
The ledger stands in $XDG_STATE_HOME/credential-backbone/ledger.jsonl: accessors and times, no secret.

issue   has one made and hands it over: never as an argument, never on a terminal.
  --out <file>           a new file of mode 0600 with an envelope, for \`backbone bootstrap\`
  --token-file <file>    a new file of mode 0600 with the wrapping token alone, for \`bao agent\`
  --role-id-file <file>  with it: a new file with the role id
  --fd <number>          the envelope, into an open descriptor
  -- command             into the environment of a command (\`backbone launch\` waits for its arrival, too)
  --wrap-ttl <duration>  life of the wrapping; default 5m, within the contract's bounds
  --arrive-within <duration>  when a sweep destroys it; default when the wrapping ends
  --json                 accessor and times on stdout
list    every SecretID of the ledger and what became of it.
revoke  destroys one by its accessor. A token that was got with it lives on: \`backbone incident\` ends it.
sweep   confirms arrivals and destroys what was not delivered in time. One that was used without a confirmation, or
        that a consumer reported, counts as intercepted: the alarm is raised, and whoever may be responder ends
        what was got with it at once. Run it every minute or so; it may be killed and repeated at will.
  --spool <directory>    records of consumers (default BACKBONE_ALARMS)

Exit status: 0 done; 1 could not; 2 (sweep, revoke) an interception was found; of issue with a
command, that command's.

Example: backbone secret-id issue unpoller --out /run/unpoller.secret-id
`;

export const secretId: ClientCommand = {
  help,
  async run([name, ...args], env) {
    if (name === 'issue') return (await import('./secret-id/issue.ts')).issue(args, env);
    if (name === 'list') return (await import('./secret-id/list.ts')).list(args, env);
    if (name === 'revoke') return (await import('./secret-id/revoke.ts')).revoke(args, env);
    if (name === 'sweep') return (await import('./secret-id/sweep.ts')).sweepCommand(args, env);
    throw new UsageError('secret-id takes issue, list, revoke or sweep');
  },
};
