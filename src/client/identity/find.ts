import { UserError } from '../../user-error.ts';
import { findAppRole } from './approle.ts';
import { findCertificate } from './certificate.ts';
import { findKeychain } from './keychain.ts';
import { findToken } from './token.ts';
import { findTokenFile } from './token-file.ts';
import { findWrapped } from './wrapped.ts';
import type { FindIdentity, IdentitySource, Place } from './source.ts';

/** In the order in which they are taken: what was given for this call first, what costs a SecretID last. */
const sources: readonly FindIdentity[] = [
  findToken,
  findTokenFile,
  findKeychain,
  findCertificate,
  findAppRole,
  findWrapped,
];

/**
 * The first identity that this machine has. One that is there and refused is not replaced by the next: who
 * asks would not know as whom.
 *
 * @throws UserError  there is none
 */
export function findIdentity(place: Place): IdentitySource {
  for (const find of sources) {
    const found = find(place);
    if (found !== undefined) return found;
  }
  throw new UserError(
    'this machine has no identity for OpenBao: log in with `backbone login`, name the token of an agent with ' +
      'BAO_TOKEN_FILE, or deliver a wrapped SecretID and run `backbone bootstrap`',
  );
}
