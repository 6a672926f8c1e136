import type { Construct } from 'constructs';
import type { Cidr, Seconds } from '../../config/brands.ts';
import { ConstructError } from '../construct-error.ts';

/**
 * Limits of the auth methods that machines log in by. A consumer can read its static secrets only as long
 * as its token lives, so an hour is the most.
 */
export const machineTune = {
  defaultLeaseTtl: '15m',
  maxLeaseTtl: '1h',
  tokenType: 'default-service',
} as const;

/** `maxLeaseTtl` in seconds: OpenBao would quietly cut a longer life down to it. */
export const longestTokenTtl = 3600 as Seconds;

/** The token that a machine's login gives. */
export interface MachineToken {
  /** Names of ACL policies; the default policy is never among them. */
  readonly policies: readonly string[];
  /** Source addresses for the login and for every later use of the token. */
  readonly from: readonly Cidr[];
  /** Life of the token, in seconds. */
  readonly tokenTtl: Seconds;
  /** Life of the token with renewals, in seconds. */
  readonly tokenMaxTtl: Seconds;
}

/**
 * The arguments of a role that say what tokens it gives: bound to source addresses, revocable, without the
 * default policy.
 *
 * @throws ConstructError  no source address (the server would read that as "from anywhere"), or a token
 *   life above its maximum or above `longestTokenTtl`
 */
export function tokenArguments(scope: Construct, token: MachineToken) {
  const { policies, from, tokenTtl, tokenMaxTtl } = token;
  if (from.length === 0) {
    throw new ConstructError(scope, 'no source address; OpenBao would accept logins from anywhere');
  }
  if (tokenTtl > tokenMaxTtl) {
    throw new ConstructError(
      scope,
      `token TTL ${String(tokenTtl)} s is above its maximum ${String(tokenMaxTtl)} s`,
    );
  }
  if (tokenMaxTtl > longestTokenTtl) {
    throw new ConstructError(
      scope,
      `token max TTL ${String(tokenMaxTtl)} s is above the ${String(longestTokenTtl)} s ` +
        'that the auth method gives',
    );
  }
  return {
    tokenBoundCidrs: [...from],
    tokenPolicies: [...policies],
    tokenNoDefaultPolicy: true,
    tokenTtl,
    tokenMaxTtl,
    tokenType: 'service',
  };
}
