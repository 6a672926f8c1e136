import { approlePaths, mounts, programIdentities } from '../../src/model/names.ts';
import type { AclRule } from './acl.ts';
import { terraformApplyAcl } from './terraform.ts';

const metadata = `${mounts.kv}/metadata/*`;

/** A secret that is no longer declared is deleted by a person, with all its versions. */
function withDelete(rule: AclRule): AclRule {
  return {
    ...rule,
    why: 'metadata of secrets; deleting it deletes every version of the value',
    capabilities: [...rule.capabilities, 'delete'],
  };
}

/**
 * The first identity, made by OpenBao's self-initialisation so that no root token ever exists: it deploys
 * the stack `openbao` once (and destroys it), makes operators and hands the program its SecretIDs.
 * Terraform does not manage it, so that a mistake there cannot lock everybody out; afterwards its password
 * goes into the safe (break-glass).
 */
export function bootstrapAcl(): readonly AclRule[] {
  return [
    ...terraformApplyAcl().map((rule) => (rule.path === metadata ? withDelete(rule) : rule)),
    {
      why: 'make and change operators, never one without source addresses',
      path: `auth/${mounts.operator}/users/+`,
      capabilities: ['create', 'read', 'update', 'delete'],
      required: ['token_bound_cidrs'],
    },
    {
      why: 'see who the operators are',
      path: `auth/${mounts.operator}/users`,
      capabilities: ['list'],
    },
    {
      why: 'make a password that meets the policy',
      path: 'sys/policies/password/operator/generate',
      capabilities: ['read'],
    },
    {
      why: 'configure single sign-on, whose client secret Terraform must not see',
      path: `auth/${mounts.operator}/config`,
      capabilities: ['create', 'read', 'update'],
    },
    ...programIdentities.map((identity): AclRule => ({
      why: `issue a SecretID of ${identity}`,
      path: approlePaths(identity).secretId,
      capabilities: ['create', 'update'],
      parameters: 'none',
    })),
    {
      why: 'make the recovery keys; once there are some, a quorum of them is needed as well',
      path: 'sys/rotate/recovery/init',
      capabilities: ['create', 'read', 'update', 'delete', 'sudo'],
    },
    {
      why: 'confirm recovery keys before they take effect',
      path: 'sys/rotate/recovery/verify',
      capabilities: ['create', 'update'],
    },
    {
      why: 'break-glass: begin a root token, which a quorum of recovery keys must complete',
      path: 'sys/generate-root-token/attempt',
      capabilities: ['create', 'read', 'update', 'delete', 'sudo'],
    },
    {
      why: 'break-glass: hand in recovery keys',
      path: 'sys/generate-root-token/update',
      capabilities: ['create', 'update', 'sudo'],
    },
    {
      why: 'remove itself, where the operators do not want it kept',
      path: 'sys/auth/bootstrap',
      capabilities: ['delete', 'sudo'],
    },
  ];
}
