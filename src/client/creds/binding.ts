import { join } from 'node:path';
import type { ProfileContract } from '../../contract/contract.ts';
import type { IdentitySource } from '../identity/source.ts';
import type { Connection } from '../openbao.ts';
import { sha256 } from '../sha256.ts';

/**
 * What a cached session is for: who asked, which role, at whose servers. Anything else is another session. Holds
 * no secret.
 */
export function bindingOf(
  identity: IdentitySource,
  connection: Connection,
  profile: ProfileContract,
): string {
  return JSON.stringify({
    identity: identity.binding,
    role: profile.role,
    path: profile.path,
    ttl: profile.ttl,
    addresses: [connection.address, ...(connection.standbys ?? [])],
    from: connection.localAddress ?? null,
  });
}

/** File of a binding: the name says nothing, the content repeats the binding. */
export function cacheFile(directory: string, binding: string): string {
  return join(directory, `${sha256(binding).slice(0, 40)}.json`);
}
