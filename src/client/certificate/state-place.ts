import { existsSync } from 'node:fs';
import { join } from 'node:path';

/*
 * Looked at by each start of a credential_process: by itself, so that nothing else is loaded for it.
 */

/** What a consumer's host keeps between its starts: `BACKBONE_STATE`, else the system's place. */
export function stateDirectory(env: NodeJS.ProcessEnv): string {
  const named = env['BACKBONE_STATE'];
  return named !== undefined && named !== '' ? named : '/var/lib/credential-backbone';
}

/** File of a consumer's key and certificate. */
export function identityFile(state: string): string {
  return join(state, 'client.pem');
}

export function hasIdentity(state: string): boolean {
  return existsSync(identityFile(state));
}
