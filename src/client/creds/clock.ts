import { UserError } from '../../user-error.ts';
import type { Life } from './refresh.ts';

/** Milliseconds from which a difference is told; below, it does no harm. */
const noticeable = 60_000;

/**
 * What a difference between this host's clock and OpenBao's means for whoever uses the session here.
 *
 * @returns a warning, or undefined
 * @throws UserError  by this host's clock the session is over already, so that every SDK would refuse it
 */
export function clockWarning({ skew, expires }: Life, now: number): string | undefined {
  const direction = skew < 0 ? 'ahead of' : 'behind';
  const seconds = Math.round(Math.abs(skew) / 1000);
  const named = `the clock of this host is ${String(seconds)} s ${direction} OpenBao's`;
  if (now >= expires) {
    throw new UserError(
      `${named}: a session that was just made counts as expired here. Set the clock (timedatectl, chronyc) ` +
        'and try again',
    );
  }
  if (Math.abs(skew) < noticeable) return undefined;
  // AWS, "Signature Version 4": requests are refused where the time is more than 5 minutes off.
  return `${named}. AWS refuses what is signed more than 5 minutes off: set the clock (timedatectl, chronyc)`;
}
