import { Construct } from 'constructs';
import { TokenAuthBackendRole } from '@cdktf/provider-vault/lib/token-auth-backend-role/index.js';
import type { Cidr, Seconds } from '../../config/brands.ts';
import { ConstructError } from '../construct-error.ts';
import { named } from '../logical-id.ts';

export interface TokenRoleProps {
  readonly roleName: string;
  /** The only policies that its tokens may have; each has those that were asked for. */
  readonly policies: readonly string[];
  /** Source addresses of its tokens. */
  readonly from: readonly Cidr[];
  /** Longest life of a token, in seconds. */
  readonly maxTtl: Seconds;
}

/**
 * A role that makes tokens of chosen policies for whoever may write to `auth/token/create/<role>`.
 *
 * Guarantees: exact policies, never the default policy; bound to source addresses; cannot be renewed; ends
 * with the token that asked for it.
 *
 * @throws ConstructError  no policy or no source address: the server would read either as "any"
 */
export class TokenRole extends Construct {
  constructor(scope: Construct, id: string, props: TokenRoleProps) {
    super(scope, id);
    if (props.policies.length === 0 || props.from.length === 0) {
      throw new ConstructError(this, 'a token role without policies or source addresses gives any');
    }
    named(
      new TokenAuthBackendRole(this, 'Resource', {
        roleName: props.roleName,
        allowedPolicies: [...props.policies],
        orphan: false,
        renewable: false,
        tokenNoDefaultPolicy: true,
        tokenBoundCidrs: [...props.from],
        tokenExplicitMaxTtl: props.maxTtl,
        tokenType: 'service',
      }),
      props.roleName,
    );
  }
}
