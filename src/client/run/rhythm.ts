/**
 * When a token is looked after, in seconds: at two thirds of what is left of it, give or take a tenth, but not
 * more often than each second and not later than `poll`.
 *
 * @param left    seconds until it ends
 * @param chance  in [0, 1)
 * @param poll    longest pause. @default - none
 */
export function nextLook(left: number, chance: number, poll = Number.POSITIVE_INFINITY): number {
  const own = Math.max(0, left) * (2 / 3) * (0.9 + 0.2 * chance);
  return Math.max(1, Math.min(own, poll));
}

/** Whether a token is in the last third of what it was given, so that it must be renewed now or replaced. */
export function isWaning(left: number, given: number): boolean {
  return left <= given / 3 + 1;
}

/** Seconds before the next look after so many that failed one after the other: from 5 s on, up to 5 min. */
export function pauseAfter(failures: number): number {
  return failures === 0 ? 0 : Math.min(300, 2.5 * 2 ** failures);
}
