import { readFileSync } from 'node:fs';
import type { Contract } from '../../contract/contract.ts';
import { conclude } from '../bootstrap/conclude.ts';
import { VerdictError } from '../bootstrap/verdict.ts';
import { ownConsumer } from '../certificate/consumer.ts';
import { writeWhole } from '../certificate/state.ts';
import { stateDirectory } from '../certificate/state-place.ts';
import { cacheDirectory, isUsable } from '../creds/cache-directory.ts';
import { singleFlight } from '../creds/single-flight.ts';
import type { Connection } from '../openbao.ts';
import { ownToken } from './login.ts';
import type { OpenIdentity } from './source.ts';

/** A delivery that may be taken by several processes of one environment, but only once. */
export interface Taking {
  readonly env: NodeJS.ProcessEnv;
  readonly contract: Contract;
  readonly connection: Connection;
  /** Where the token is kept for the others. */
  readonly file: string;
  /** Of the flight: hexadecimal digits. */
  readonly name: string;
}

/**
 * Bootstraps, once for all processes that have this delivery. A consumer with a certificate gets a token of its
 * own each time; one without shares the token of the one login that its SecretID is good for.
 *
 * @throws VerdictError  any other verdict than `delivered`
 */
export async function takeWrapped(taking: Taking): Promise<OpenIdentity> {
  const { env, connection, file, name } = taking;
  const directory = cacheDirectory(env);
  const shares = ownConsumer(taking.contract).certificate === undefined && isUsable(directory);
  if (!shares) return ownToken(connection, await bootstrapped(taking));
  const token = await singleFlight({
    directory,
    name,
    look: () => kept(file),
    work: async () => {
      const made = await bootstrapped(taking);
      writeWhole(file, `${made}\n`);
      return made;
    },
  });
  return { connection: { ...connection, token }, close: () => Promise.resolve() };
}

async function bootstrapped({ env, contract, connection }: Taking): Promise<string> {
  const { verdict, session } = await conclude({
    env,
    contract,
    connection,
    state: stateDirectory(env),
    places: {},
    // A tool waits for its session; what does not answer soon is said soon.
    wait: 5,
    say: (message) => {
      process.stderr.write(`backbone: ${message}\n`);
    },
  });
  const token = session?.connection.token;
  if (token === undefined) throw new VerdictError(verdict);
  return token;
}

/** The directory is this user's alone, which `isUsable` made sure of. */
function kept(file: string): string | undefined {
  try {
    const token = readFileSync(file, 'utf8').trim();
    return token === '' ? undefined : token;
  } catch {
    return undefined;
  }
}
