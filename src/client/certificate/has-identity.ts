import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** File of a consumer's key and certificate. By itself, as each start of a credential_process looks for it. */
export function identityFile(state: string): string {
  return join(state, 'client.pem');
}

export function hasIdentity(state: string): boolean {
  return existsSync(identityFile(state));
}
