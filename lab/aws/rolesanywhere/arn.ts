import { createHash } from 'node:crypto';
import type { Account } from '../decision.ts';

/**
 * AWS draws the ids of trust anchors and profiles by lot. Here the first one of a name has an id that
 * follows from account, region and name, so that a configuration can hold its ARN beforehand.
 */
export function anywhereId(
  kind: 'trust-anchor' | 'profile',
  account: Account,
  name: string,
): string {
  const digest = createHash('sha256')
    .update([kind, account.id, account.region, name].join('\0'))
    .digest('hex');
  return [
    digest.slice(0, 8),
    digest.slice(8, 12),
    `4${digest.slice(13, 16)}`,
    `8${digest.slice(17, 20)}`,
    digest.slice(20, 32),
  ].join('-');
}

export function anywhereArn(
  kind: 'trust-anchor' | 'profile',
  account: Account,
  id: string,
): string {
  return `arn:aws:rolesanywhere:${account.region}:${account.id}:${kind}/${id}`;
}

/** ARN that the double will give to the first trust anchor of this name. */
export function trustAnchorArn(account: Account, name: string): string {
  return anywhereArn('trust-anchor', account, anywhereId('trust-anchor', account, name));
}

/** ARN that the double will give to the first profile of this name. */
export function profileArn(account: Account, name: string): string {
  return anywhereArn('profile', account, anywhereId('profile', account, name));
}
