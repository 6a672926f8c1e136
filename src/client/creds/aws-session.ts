import { basename } from 'node:path';
import type { ProfileContract } from '../../contract/contract.ts';
import { UserError } from '../../user-error.ts';
import type { IdentitySource } from '../identity/source.ts';
import type { Connection } from '../openbao.ts';
import { bindingOf, cacheFile } from './binding.ts';
import { cacheDirectory, isUsable } from './cache-directory.ts';
import { readCached, writeCached, type Cached } from './cache-file.ts';
import type { Minted } from './mint.ts';
import { prune } from './prune.ts';
import { freshness, remaining } from './refresh.ts';
import type { Session } from './session.ts';

export interface Wanted {
  readonly profile: ProfileContract;
  readonly identity: IdentitySource;
  /** Without a token. */
  readonly connection: Connection;
  readonly env: NodeJS.ProcessEnv;
  /** `none`: neither read nor written; `only`: no server is asked. */
  readonly cache: 'use' | 'none' | 'only';
}

/** Spreads the processes that share a session; drawn once. */
const chance = Math.random();
/** Milliseconds that a session must still have to stand in for one that could not be made. */
const enough = 60_000;

/**
 * A session that works: from the cache while it is fresh, else a new one, which one of all processes makes.
 * Where none can be made, the cached one serves until shortly before its end.
 *
 * Until a session has to be made, no code of a connection is loaded: this is called at every start of a tool.
 *
 * @throws UserError  there is none to be had
 */
export async function awsSession(wanted: Wanted): Promise<Session> {
  const { profile, identity, connection, env, cache } = wanted;
  const make = async () => {
    const { mint } = await import('./mint.ts');
    return mint(identity, connection, profile);
  };
  if (cache === 'none') return make();

  const directory = cacheDirectory(env);
  const usable = isUsable(directory);
  const binding = bindingOf(identity, connection, profile);
  const file = cacheFile(directory, binding);
  const cached: Cached = usable ? readCached(file, binding) : {};
  if (cached.refused !== undefined) say(`the cached session ${file} ${cached.refused}: not used`);
  const kept = cached.session;
  const state = kept === undefined ? 'over' : freshness(kept, Date.now(), chance);
  if (kept !== undefined && state === 'fresh') return kept;
  if (cache === 'only') {
    if (kept !== undefined && state === 'due') return kept;
    throw new UserError(`there is no cached session of ${profile.role}, and --offline asks nobody`);
  }
  try {
    return usable ? await shared(directory, file, binding, make) : await make();
  } catch (error) {
    if (!(error instanceof UserError) || kept === undefined) throw error;
    const left = remaining(kept, Date.now());
    if (left < enough || freshness(kept, Date.now(), chance) === 'over') throw error;
    say(
      `the session of before serves for ${String(Math.floor(left / 1000))} s more: ${error.message}`,
    );
    return kept;
  }
}

async function shared(
  directory: string,
  file: string,
  binding: string,
  make: () => Promise<Minted>,
): Promise<Minted> {
  const { singleFlight } = await import('./single-flight.ts');
  return singleFlight({
    directory,
    name: basename(file).slice(0, 12),
    look: () => {
      const { session } = readCached(file, binding);
      return session !== undefined && freshness(session, Date.now(), chance) === 'fresh'
        ? session
        : undefined;
    },
    work: async () => {
      const minted = await make();
      keep(directory, file, binding, minted);
      return minted;
    },
  });
}

/** A session that cannot be kept is given all the same: a full disk stops nobody. */
function keep(directory: string, file: string, binding: string, minted: Minted): void {
  try {
    writeCached(file, binding, minted);
    prune(directory, Date.now());
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    say(`the session could not be cached in ${directory} (${code ?? 'unknown'})`);
  }
}

function say(line: string): void {
  process.stderr.write(`backbone: ${line}\n`);
}
