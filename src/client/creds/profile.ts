import type { Contract, ProfileContract } from '../../contract/contract.ts';
import { UserError } from '../../user-error.ts';

/**
 * A profile by its name in the declaration (`proxmox`) or by its AWS role and profile (`tf-proxmox`).
 *
 * @throws UserError  the contract has none of that name
 */
export function profileOf(
  { profiles }: Contract,
  name: string,
): { readonly name: string; readonly profile: ProfileContract } {
  const found = Object.entries(profiles).find(([own, { role }]) => own === name || role === name);
  if (found !== undefined) return { name: found[0], profile: found[1] };
  const known = Object.keys(profiles).join(', ');
  throw new UserError(
    `the contract has no such profile; ${known === '' ? 'it has none' : `there are: ${known}`}`,
  );
}
