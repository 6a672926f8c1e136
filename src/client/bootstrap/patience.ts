/** How long a server that does not answer is asked again. */
export interface Patience {
  /**
   * Waits before the next try.
   *
   * @returns false: the time is up
   */
  again(): Promise<boolean>;
}

/** First wait, and the longest, in milliseconds. */
const first = 250;
const longest = 5000;

/**
 * Waits that double, each between the half and the whole of its length by chance, so that hosts that a power
 * cut stopped together do not ask together.
 *
 * @param seconds  time for all of it together; 0: one try alone
 */
export function patience(seconds: number): Patience {
  const end = performance.now() + seconds * 1000;
  let wait = first;
  return {
    async again() {
      const left = end - performance.now();
      if (left <= 0) return false;
      const chosen = Math.min(left, wait * (0.5 + Math.random() / 2));
      wait = Math.min(longest, wait * 2);
      await new Promise((resolve) => setTimeout(resolve, chosen));
      return true;
    },
  };
}
