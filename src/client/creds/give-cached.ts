import { connectionOf } from '../connection.ts';
import { loadContract } from '../contract-file.ts';
import { findIdentity } from '../identity/find.ts';
import { writeResult } from '../write-result.ts';
import { bindingOf, cacheFile } from './binding.ts';
import { cacheDirectory, isUsable } from './cache-directory.ts';
import { readCached } from './cache-file.ts';
import { profileOf } from './profile.ts';
import { freshness } from './refresh.ts';
import { credentialProcessJson } from './session.ts';

/**
 * The way that is taken at every start of a tool: `creds aws <profile>` with a fresh session in the cache. All
 * else, a refusal too, is the whole client's, which begins anew.
 *
 * @returns whether a session was given
 */
export function giveCached(argv: readonly string[], env: NodeJS.ProcessEnv): boolean {
  const [command, kind, name, ...more] = argv;
  if (command !== 'creds' || kind !== 'aws' || more.length > 0) return false;
  if (name === undefined || name.startsWith('-')) return false;
  try {
    const contract = loadContract(env);
    const { profile } = profileOf(contract, name);
    const identity = findIdentity({ env, contract });
    const binding = bindingOf(identity, connectionOf(contract, env), profile);
    const directory = cacheDirectory(env);
    if (!isUsable(directory)) return false;
    const { session } = readCached(cacheFile(directory, binding), binding);
    if (session === undefined) return false;
    if (freshness(session, Date.now(), Math.random()) !== 'fresh') return false;
    writeResult(`${credentialProcessJson(session)}\n`);
    return true;
  } catch {
    return false;
  }
}
