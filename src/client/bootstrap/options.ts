import type { Contract } from '../../contract/contract.ts';
import { UsageError } from '../../usage-error.ts';
import { stateDirectory } from '../certificate/state-place.ts';
import { connectionOf } from '../connection.ts';
import type { Host } from './host.ts';

/** Options of every command that may have to bootstrap, for `parsed`. */
export const bootstrapOptions = {
  'token-file': { type: 'string' },
  fd: { type: 'string' },
  'role-id-file': { type: 'string' },
  wait: { type: 'string' },
} as const;

export const bootstrapOptionsHelp = `  --token-file FILE    where the wrapping token lies: an envelope, or the bare token
  --fd N               descriptor that it is read from
  --role-id-file FILE  role id, where the delivery has none
  --wait SECONDS       how long OpenBao is asked again while it does not answer (default 60)`;

type Values = Readonly<Partial<Record<keyof typeof bootstrapOptions, string>>>;

/** @throws UsageError  a number is none */
export function hostOf(values: Values, contract: Contract, env: NodeJS.ProcessEnv): Host {
  const { 'token-file': tokenFile, 'role-id-file': roleIdFile } = values;
  const fd = wholeNumber(values.fd, '--fd', 1024);
  return {
    env,
    contract,
    connection: connectionOf(contract, env),
    state: stateDirectory(env),
    places: {
      ...(tokenFile === undefined ? {} : { tokenFile }),
      ...(fd === undefined ? {} : { fd }),
      ...(roleIdFile === undefined ? {} : { roleIdFile }),
    },
    wait: wholeNumber(values.wait, '--wait', 86_400) ?? 60,
    say: (message) => {
      process.stderr.write(`backbone: ${message}\n`);
    },
  };
}

function wholeNumber(value: string | undefined, name: string, max: number): number | undefined {
  if (value === undefined) return undefined;
  if (!/^\d{1,6}$/.test(value) || Number(value) > max) {
    throw new UsageError(`${name} takes a whole number up to ${String(max)}`);
  }
  return Number(value);
}
