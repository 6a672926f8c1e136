import type { Construct } from 'constructs';
import { ConstructError } from '../construct-error.ts';

/** What one access token is good for. */
export interface AccessTokenLimits {
  /** Seconds. */
  readonly ttl: number;
  /** Seconds, with renewals. */
  readonly maxTtl: number;
  /** Requests. */
  readonly numUses: number;
}

/**
 * The limits as arguments, each of them set: one that is left out is 30 days, or no limit at all, and the
 * provider leaves a zero out of its requests.
 *
 * @throws ConstructError  a limit below 1, or a life above its maximum
 */
export function accessTokenLimits(scope: Construct, { ttl, maxTtl, numUses }: AccessTokenLimits) {
  for (const [what, value] of Object.entries({ ttl, maxTtl, numUses })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new ConstructError(scope, `${what} of the access token is ${String(value)}: no limit`);
    }
  }
  if (ttl > maxTtl) {
    throw new ConstructError(
      scope,
      `ttl ${String(ttl)} s of the access token is above its maximum ${String(maxTtl)} s`,
    );
  }
  return { accessTokenTtl: ttl, accessTokenMaxTtl: maxTtl, accessTokenNumUsesLimit: numUses };
}

/**
 * Addresses as the provider wants them.
 *
 * @throws ConstructError  none: the server would read that as "from anywhere"
 */
export function trustedIps(scope: Construct, networks: readonly string[]) {
  if (networks.length === 0) throw new ConstructError(scope, 'no trusted IP at all');
  return networks.map((ipAddress) => ({ ipAddress }));
}
