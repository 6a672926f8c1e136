import { UserError } from '../../../user-error.ts';
import { parsed } from '../../command.ts';
import { accessorOf } from '../../issuer/accessor.ts';
import { byAccessor } from '../../issuer/account.ts';
import { asIssuer } from '../../issuer/open.ts';
import { destroySecretId } from '../../issuer/secret-ids.ts';
import type { Issuer } from '../../issuer/sweep.ts';

/** `backbone secret-id revoke`: of any issuer's; the ledger only helps to find its consumer. */
export async function revoke(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const { words } = parsed(args, {}, { min: 1, max: 1 });
  const accessor = accessorOf(words[0] ?? '');
  return asIssuer(env, async (issuer) => {
    const issued = byAccessor(issuer.ledger.read(), accessor);
    const consumer = await destroyed(issuer, accessor, issued?.consumer);
    if (consumer !== undefined) {
      const at = new Date().toISOString();
      if (issued !== undefined) {
        issuer.ledger.add({ event: 'destroyed', accessor, at, why: 'by hand' });
      }
      process.stderr.write(`backbone: destroyed the SecretID ${accessor} of ${consumer}\n`);
      return 0;
    }
    if (issued === undefined) {
      throw new UserError(
        `no consumer of the contract has the SecretID ${accessor}, and the ledger does not know it: ` +
          `nothing was destroyed`,
      );
    }
    const { fate } = issued;
    if (fate !== undefined && fate.event !== 'arrived' && fate.event !== 'intercepted') {
      process.stderr.write(`backbone: it was ${fate.event} before, at ${fate.at}\n`);
      return 0;
    }
    process.stderr.write(
      `backbone: the SecretID ${accessor} of ${issued.consumer} is used or expired; what was got with it ` +
        `lives on: backbone incident ${accessor}\n`,
    );
    return 2;
  });
}

/** @returns whose it was; undefined where nobody had it any more */
async function destroyed(
  { connection, contract }: Issuer,
  accessor: string,
  known: string | undefined,
): Promise<string | undefined> {
  const all = Object.entries(contract.consumers);
  const candidates = known === undefined ? all : all.filter(([name]) => name === known);
  for (const [name, { role }] of candidates) {
    if ((await destroySecretId(connection, role, accessor)) === 'destroyed') return name;
  }
  return undefined;
}
