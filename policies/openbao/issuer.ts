import type { Seconds } from '../../src/config/brands.ts';
import type { Consumer } from '../../src/model/consumer.ts';
import { arrivalPath } from '../../src/model/names.ts';
import { ownToken, type AclRule } from './acl.ts';

/**
 * The issuer makes wrapped SecretIDs and sees whether they arrived, nothing else. It is never shown one (the answer must be wrapped; to
 * unwrap it would be the one unwrap, so the consumer would find out), and cannot widen one: uses, TTL, CIDRs
 * and metadata come from the role alone, as no parameter may be sent.
 */
export function issuerAcl(
  consumers: readonly Consumer[],
  wrapTtl: { readonly min: Seconds; readonly max: Seconds },
): readonly AclRule[] {
  return [
    ...consumers.flatMap(({ name, paths }): AclRule[] => [
      {
        why: `issue a wrapped SecretID for ${name}`,
        path: paths.secretId,
        capabilities: ['create', 'update'],
        parameters: 'none',
        wrapping: wrapTtl,
      },
      { why: `tell ${name} its role id`, path: paths.roleId, capabilities: ['read'] },
      {
        why: `see whether a SecretID of ${name} still waits, by its accessor`,
        path: paths.lookupAccessor,
        capabilities: ['create', 'update'],
        parameters: ['secret_id_accessor'],
      },
      { why: `see whether ${name} has arrived`, path: arrivalPath(name), capabilities: ['read'] },
      {
        why: `destroy an undelivered SecretID of ${name} by its accessor`,
        path: paths.destroyAccessor,
        capabilities: ['create', 'update'],
        parameters: ['secret_id_accessor'],
      },
    ]),
    ...ownToken,
  ];
}
