import type { ProfileContract } from '../../contract/contract.ts';
import type { IdentitySource } from '../identity/source.ts';
import { call, OpenBaoError, type Connection } from '../openbao.ts';
import { clockWarning } from './clock.ts';
import type { Life } from './refresh.ts';
import { sessionOf, type Session } from './session.ts';

/** A session, and what its host has to know to keep it. */
export interface Minted extends Session, Life {}

/** AWS and IAM Roles Anywhere stand behind the engine: together they take longer than OpenBao alone. */
const patience = 30_000;

/**
 * A new session. A token that was made for it is revoked, which leaves the session alone: AWS knows no
 * revocation of one.
 *
 * @throws UserError  refused, unreachable, no session, or the clock of this host makes it useless
 */
export async function mint(
  identity: IdentitySource,
  connection: Connection,
  profile: ProfileContract,
): Promise<Minted> {
  const open = await identity.open(connection);
  try {
    // By a write: decision 0008.
    const answer = await call(open.connection, {
      method: 'POST',
      path: profile.path,
      body: { ttl: `${String(profile.ttl)}s` },
      patience,
    });
    if (answer === undefined) throw new OpenBaoError(`there is nothing at ${profile.path}`);
    const now = Date.now();
    const session = sessionOf(answer, now);
    const minted = { ...session, minted: now, skew: (answer.date ?? now) - now };
    const warning = clockWarning(minted, now);
    if (warning !== undefined) process.stderr.write(`backbone: ${warning}\n`);
    return minted;
  } finally {
    await open.close();
  }
}
