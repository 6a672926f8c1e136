import { UserError } from '../../user-error.ts';
import { sha256 } from '../sha256.ts';
import type { IdentitySource } from './source.ts';

/**
 * A token that was there before, which is used and not revoked. Its binding is a digest, so that no other
 * token gets what was cached for it.
 *
 * @throws UserError  it can be no token: a header would carry something else
 */
export function borrowed(token: string, described: string): IdentitySource {
  // Visible ASCII: OpenBao's tokens are (API documentation, "Token prefixes"), and a header holds no more.
  if (!/^[\x21-\x7e]{1,8192}$/.test(token)) throw new UserError(`${described} is no token`);
  return {
    described,
    binding: `token ${sha256(token)}`,
    open: (connection) =>
      Promise.resolve({ connection: { ...connection, token }, close: () => Promise.resolve() }),
  };
}
