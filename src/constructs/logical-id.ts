import type { TerraformElement } from 'cdktf';

/**
 * Gives a resource the name that it keeps in state and in plans, e.g. `vault_policy.consumer-unpoller`.
 *
 * Without it cdktf derives the name from the construct path and a hash, so moving a construct would
 * destroy and create what it makes. Characters that Terraform does not take in a name become `_`.
 */
export function named<T extends TerraformElement>(element: T, logicalId: string): T {
  element.overrideLogicalId(logicalId.replaceAll(/[^A-Za-z0-9_-]/g, '_'));
  return element;
}
