import { TerraformStack, type TerraformElement } from 'cdktf';
import { ConstructError } from './construct-error.ts';

const taken = new WeakMap<TerraformStack, Set<string>>();

/**
 * Gives a resource the name that it keeps in state and in plans, e.g. `vault_policy.consumer-unpoller`.
 *
 * Without it cdktf derives the name from the construct path and a hash, so moving a construct would
 * destroy and create what it makes. Characters that Terraform does not take in a name become `_`.
 *
 * @throws ConstructError  another element of this type has the name in this stack: cdktf would merge the
 *   two into one without a word
 */
export function named<T extends TerraformElement>(element: T, logicalId: string): T {
  const id = logicalId.replaceAll(/[^A-Za-z0-9_-]/g, '_');
  const stack = TerraformStack.of(element);
  const names = taken.get(stack) ?? new Set();
  taken.set(stack, names);
  const address = `${terraformType(element)}.${id}`;
  if (names.has(address)) {
    throw new ConstructError(
      element,
      `${address} exists already in this stack; "${logicalId}" needs a name of its own`,
    );
  }
  names.add(address);
  element.overrideLogicalId(id);
  return element;
}

function terraformType(element: TerraformElement): string {
  return 'terraformResourceType' in element
    ? String(element.terraformResourceType)
    : element.constructor.name;
}
