import type { Rotation } from '../../src/model/rotation.ts';
import type { AclRule } from './acl.ts';

/**
 * What it takes to rotate these secrets: write each with check-and-set, keep its next value aside, and read
 * what signs in for the change. No other secret, no role, no policy.
 */
export function rotatorAcl(
  rotations: readonly { readonly secret: string; readonly rotation: Rotation }[],
): readonly AclRule[] {
  const rules = rotations.flatMap(({ secret, rotation }): AclRule[] => [
    {
      // With a `version`: the value that was replaced is tried once more, to see that it is dead.
      why: `rotate ${secret}: read it, write it with check-and-set`,
      path: rotation.data,
      capabilities: ['create', 'read', 'update'],
    },
    {
      why: `see versions and age of ${secret}`,
      path: rotation.metadata,
      capabilities: ['read'],
    },
    ...pendingAcl(secret, rotation),
  ]);
  const logins = rotations.map(({ rotation }): AclRule => ({
    why: 'sign in at the controller for the change',
    path: rotation.login,
    capabilities: ['read'],
    parameters: 'none',
  }));
  return [...rules, ...logins].filter(
    ({ path }, index, all) => all.findIndex((other) => other.path === path) === index,
  );
}

/** The next value of a secret, as long as it is not in use yet. */
export function pendingAcl(secret: string, rotation: Rotation): readonly AclRule[] {
  return [
    {
      why: `keep the next value of ${secret} until it is in use`,
      path: rotation.pending,
      capabilities: ['create', 'read', 'update'],
    },
    {
      why: `remove the next value of ${secret}, all versions`,
      path: rotation.pendingMetadata,
      capabilities: ['delete', 'read'],
    },
  ];
}
