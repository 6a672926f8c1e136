import { pythonScript } from '../parts/python.ts';

/** A command line for whoever supervises the process; nothing is started here. */
export interface MotoCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/**
 * How to run the real moto server (PyPI) without its own enforcement: that ignores session policies,
 * expiry and conditions, so the double in front of it decides and moto only keeps the data.
 *
 * Its state lives in memory: a restarted moto has no bucket, state object, lock table or role any more.
 * The double keeps sessions, bucket policies, trust anchors and profiles in files of its own: restarting
 * the double alone loses nothing. After a restart of moto, restart the double, too (it makes the role `lab-admin` again)
 * and apply the aws-trust stack; sessions of roles that are gone are denied everything.
 *
 * @param environment  directory of the Python environment that `lab/parts` makes
 */
export function motoCommand(
  environment: string,
  o: { readonly port: number; readonly accountId: string },
): MotoCommand {
  const [command, script] = pythonScript(environment, 'moto_server');
  return {
    command,
    args: [script, '-H', '127.0.0.1', '-p', String(o.port)],
    env: { MOTO_ACCOUNT_ID: o.accountId, PYTHONDONTWRITEBYTECODE: '1' },
  };
}
