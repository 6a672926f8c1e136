/** When a cached session is given, and when a new one is made: arithmetic alone. All times in milliseconds. */

export interface Life {
  /** When it was minted, by this host's clock. */
  readonly minted: number;
  /** By how much the server's clock was ahead of this host's then; negative: behind. */
  readonly skew: number;
  /** Its end, by the server's clock. */
  readonly expires: number;
}

/**
 * `fresh`: give it. `due`: make a new one; until there is one, this one works. `over`: never give it.
 */
export type Freshness = 'fresh' | 'due' | 'over';

/**
 * Part of its life that a session has left when it is due. A part, as fixed minutes would leave nothing of a
 * short session; between a fifth and a quarter, so that processes that share a session do not come at once.
 *
 * @param chance  in [0, 1), drawn once a process
 */
export function margin(life: number, chance: number): number {
  return life * (1 / 5 + chance / 20);
}

/**
 * The later one of two readings of the clock counts: this host's, and the server's by the difference that was
 * seen at the mint. Where this host's clock was set since, one of them is right, and the session is at worst
 * given up too early. A clock that went back behind the mint tells nothing: over.
 */
export function freshness(session: Life, now: number, chance: number): Freshness {
  const left = remaining(session, now);
  if (!(left > 0) || now < session.minted - tolerated) return 'over';
  const life = session.expires - (session.minted + session.skew);
  return left > margin(life, chance) ? 'fresh' : 'due';
}

/** Milliseconds that are certainly left; zero or less: over. */
export function remaining(session: Life, now: number): number {
  return session.expires - Math.max(now, now + session.skew);
}

/** A clock that is kept in step may be set back by so much. */
const tolerated = 2_000;
