/**
 * What a client may do again. A request that changes something is repeated only where it is certain that no
 * node carried it out; one whose answer was lost is not, as a login may have spent its SecretID and a mint may
 * have made its session.
 */

/** What became of one attempt. */
export type Outcome =
  /** A node carried it out, or refused it for good. */
  | 'answered'
  /** Certainly not carried out: no connection, a sealed node, a standby that knows no leader. */
  | 'not taken'
  /** Not carried out, as there were too many before it. */
  | 'too many'
  /** It went out, and no answer came. */
  | 'lost';

/** How often all nodes are asked before it counts as unreachable. */
export const rounds = 3;

/** Whether the next node, or the next round, may be asked the same. */
export function mayRepeat(outcome: Outcome, method: string): boolean {
  switch (outcome) {
    case 'answered':
      return false;
    case 'not taken':
    case 'too many':
      return true;
    case 'lost':
      return method === 'GET' || method === 'LIST';
  }
}

/**
 * What an answer means for whoever would ask again (OpenBao API documentation, "HTTP status codes"; a standby
 * answers for its leader and says so where it finds none, `http/handler.go` of OpenBao).
 *
 * A redirect counts as a standby, and is not followed: a token goes to the declared nodes alone.
 */
export function outcomeOf(status: number, why: string): Outcome {
  if (status === 503 || status === 307 || status === 308) return 'not taken';
  if (status === 500 && /active cluster node not found|no active .*found/i.test(why)) {
    return 'not taken';
  }
  return status === 429 ? 'too many' : 'answered';
}

/** Longest wait that a server can ask for, in milliseconds. */
const longestWait = 10_000;

/**
 * Milliseconds before the next round.
 *
 * @param round       0 after the first
 * @param chance      in [0, 1): spreads clients that failed together
 * @param retryAfter  header of a 429, in seconds (RFC 9110, 10.2.3)
 */
export function waitBefore(round: number, chance: number, retryAfter?: string): number {
  const asked = /^\d{1,9}$/.test(retryAfter ?? '') ? Number(retryAfter) * 1000 : 0;
  const own = 250 * 3 ** round;
  return Math.min(longestWait, Math.max(asked, own) + own * chance);
}
