import { exclusively } from '../../rotation/lock.ts';
import { rotationDirectory } from '../../rotation/journal.ts';
import { examineAll, rotateAll, type Rotated } from '../../rotation/rotate.ts';
import { UsageError } from '../../usage-error.ts';
import { UserError } from '../../user-error.ts';
import { parsed, type ClientCommand } from '../command.ts';
import { connectionOf } from '../connection.ts';
import { loadContract } from '../contract-file.ts';
import { findIdentity } from '../identity/find.ts';

const options = {
  check: { type: 'boolean' },
  'take-over': { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

export const rotate: ClientCommand = {
  help: `Replace the credentials of UniFi accounts, at the controller and in OpenBao.

usage: backbone rotate unifi [secret] [--check] [--take-over] [--json]

Without a secret: those that are due (the last tenth of their life) or were cut off. With one: that one now.
The new credential is tried before it is written, and read back as its consumers read it before the old one
ends. A run that was cut off anywhere is finished by the next one. docs/unifi.md tells how.

  --check      sign in and look whether each could be rotated; change nothing
  --take-over  finish the rotation of another host, which must not be at work any more
  --json       one JSON object on stdout

The secrets are those of the contract; the identity is the one of \`backbone creds\`: a token of the
environment, else the client certificate of this host.

exit status: 0 rotated, finished or nothing due; 1 could not, and the old credential is valid; 2 cut off
between the old one and the new one: run it again

example: backbone rotate unifi unifi/tofu
         backbone rotate unifi`,

  async run(args, env): Promise<number> {
    const { values, words } = parsed(args, options, { min: 1, max: 2 });
    const [system, secret] = words;
    if (system !== 'unifi') throw new UsageError('the systems that can be rotated are: unifi');
    const contract = loadContract(env);
    const rotations = contract.rotations ?? {};
    const known = Object.keys(rotations).join(', ');
    if (secret !== undefined && !Object.hasOwn(rotations, secret)) {
      throw new UserError(
        `"${secret}" is no secret that this contract lets rotate; there are: ${known === '' ? 'none' : known}`,
      );
    }
    if (known === '') throw new UserError('this contract lets nothing rotate: see docs/unifi.md');
    const directory = rotationDirectory(env);
    const identity = findIdentity({ env, contract });
    const open = await identity.open(connectionOf(contract, env));
    try {
      const rotator = {
        connection: open.connection,
        directory,
        say: (line: string) => {
          process.stderr.write(`${line}\n`);
        },
        takeOver: values['take-over'] === true,
      };
      const results =
        values.check === true
          ? await examineAll(rotator, rotations)
          : await exclusively(directory, () => rotateAll(rotator, rotations, secret));
      show(results, values.json === true);
      if (results.some(({ outcome }) => outcome === 'unfinished')) return 2;
      return results.some(({ outcome }) => outcome === 'could not') ? 1 : 0;
    } finally {
      await open.close();
    }
  },
};

function show(results: readonly Rotated[], json: boolean): void {
  if (json) process.stdout.write(`${JSON.stringify({ rotations: results })}\n`);
  for (const { secret, outcome, version, detail } of results) {
    const line = `${secret}: ${outcome}${version === undefined ? '' : `, version ${String(version)}`}`;
    if (detail !== undefined) process.stderr.write(`backbone: ${detail}\n`);
    if (!json) process.stdout.write(`${line}\n`);
  }
}
