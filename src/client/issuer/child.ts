import { spawn, type ChildProcess } from 'node:child_process';
import { renameSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { Contract } from '../../contract/contract.ts';
import { UserError } from '../../user-error.ts';
import { fromEnv } from '../connection.ts';
import { issuerDirectory } from './ledger.ts';
import type { Delivery } from './mint.ts';
import { makeDirectory } from '../make-directory.ts';

/** The issuer's own credentials: a consumer must not inherit what can make it another one. */
const ofTheIssuer = [
  'BAO_TOKEN',
  'VAULT_TOKEN',
  'BAO_TOKEN_FILE',
  'BAO_ROLE_ID',
  'BAO_SECRET_ID',
  'BAO_SECRET_ID_FILE',
];

/** An environment without them. */
export function withoutIssuer(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !ofTheIssuer.includes(name)));
}

/** Environment of a consumer: that of its launcher without the issuer's credentials, and what is delivered. */
export function consumerEnv(
  env: NodeJS.ProcessEnv,
  contract: Contract,
  delivery: Delivery,
): NodeJS.ProcessEnv {
  const ca = fromEnv(env, 'BAO_CACERT', 'VAULT_CACERT') ?? caFile(env, contract);
  return {
    ...withoutIssuer(env),
    BAO_WRAPPED_SECRET_ID: delivery.wrappingToken,
    BAO_ROLE_ID: delivery.roleId,
    BAO_SECRET_ID_ACCESSOR: delivery.accessor,
    BAO_WRAPPED_SECRET_ID_EXPIRES: delivery.expires,
    BAO_ADDR: fromEnv(env, 'BAO_ADDR', 'VAULT_ADDR') ?? contract.openbao.addresses[0],
    ...(ca === undefined ? {} : { BAO_CACERT: ca }),
  };
}

/** The CA of the contract as a file, as programs want one. Not secret. */
function caFile(env: NodeJS.ProcessEnv, { openbao }: Contract): string | undefined {
  if (openbao.caCertificate === undefined) return undefined;
  const directory = issuerDirectory(env);
  const file = join(directory, 'ca.pem');
  makeDirectory(directory);
  writeFileSync(`${file}.${String(process.pid)}`, openbao.caCertificate, { mode: 0o644 });
  renameSync(`${file}.${String(process.pid)}`, file);
  return file;
}

export interface Child {
  /** Exit status; of a signal, 128 and its number, as in a shell. */
  readonly ended: Promise<number>;
  /** Nothing happens where it has ended. */
  readonly signal: (signal: NodeJS.Signals) => void;
}

/** Signals that are passed on. Those of a terminal's keys reach the child by themselves. */
const passed = ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;
const ofKeys: readonly string[] = ['SIGINT', 'SIGQUIT'];

/** @throws UserError  it cannot be started */
export async function startChild(
  command: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<Child> {
  const [program = '', ...args] = command;
  // Before the child is there: a signal that came between would end this process alone.
  const forget = passSignals((signal) => child.kill(signal));
  const child: ChildProcess = spawn(program, args, { env, stdio: 'inherit' });
  const ended = new Promise<number>((resolve) => {
    child.once('exit', (status, signal) => {
      forget();
      resolve(signal === null ? (status ?? 1) : 128 + constants.signals[signal]);
    });
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error: NodeJS.ErrnoException) => {
      forget();
      reject(new UserError(`${program} cannot be started (${error.code ?? 'unknown'})`));
    });
  });
  return {
    ended,
    signal: (signal) => {
      child.kill(signal);
    },
  };
}

function passSignals(send: (signal: NodeJS.Signals) => void): () => void {
  const handlers = passed.map((signal) => {
    const pass = () => {
      if (process.stdin.isTTY && ofKeys.includes(signal)) return;
      send(signal);
    };
    process.on(signal, pass);
    return [signal, pass] as const;
  });
  return () => {
    for (const [signal, pass] of handlers) process.off(signal, pass);
  };
}
