import type { Grant } from '../../src/model/grant.ts';
import { ownToken, type AclRule } from './acl.ts';
import { rotatorAcl } from './rotator.ts';

/** What a consumer may do: its grants, path by path, and look after its own token. */
export function consumerAcl(grants: readonly Grant[]): readonly AclRule[] {
  const rotated = grants.filter((grant) => grant.kind === 'rotate');
  const read = grants.filter((grant) => grant.kind !== 'rotate');
  return [...read.map(grantRule), ...rotatorAcl(rotated), ...ownToken];
}

function grantRule(grant: Exclude<Grant, { readonly kind: 'rotate' }>): AclRule {
  switch (grant.kind) {
    case 'secret':
      return {
        // No parameter means no `version`: a value that was rotated away is not read again.
        why: `read the current secret ${grant.secret} (rung ${String(grant.rung)})`,
        path: grant.path,
        capabilities: ['read'],
        parameters: 'none',
      };
    case 'profile':
      // The engine mints on write, and a first write is `create` to the ACL. `read` would mint as well,
      // but what a GET does is repeated by clients and proxies without asking (docs/decisions/0008).
      return {
        why: `mint an AWS session for the state of ${grant.profile}; only its ttl may be chosen`,
        path: grant.path,
        capabilities: ['create', 'update'],
        parameters: ['ttl'],
      };
  }
}
