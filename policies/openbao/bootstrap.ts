import { mounts } from '../../src/model/names.ts';
import type { AclRule } from './acl.ts';
import { terraformApplyAcl } from './terraform.ts';

/**
 * The first identity, made by OpenBao's self-initialisation so that no root token ever exists: it
 * deploys the stack `openbao` once, and makes operators. Terraform does not manage it, so that a mistake
 * there cannot lock everybody out; afterwards its password goes into the safe (break-glass).
 */
export function bootstrapAcl(): readonly AclRule[] {
  return [
    ...terraformApplyAcl(),
    {
      why: 'make, change and remove operators',
      path: `auth/${mounts.operator}/users/+`,
      capabilities: ['create', 'read', 'update', 'delete'],
    },
    {
      why: 'see who the operators are',
      path: `auth/${mounts.operator}/users`,
      capabilities: ['list'],
    },
  ];
}
