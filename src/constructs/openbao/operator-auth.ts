import { Construct } from 'constructs';
import { AuthBackend } from '@cdktf/provider-vault/lib/auth-backend/index.js';
import { JwtAuthBackendRole } from '@cdktf/provider-vault/lib/jwt-auth-backend-role/index.js';
import { PasswordPolicy } from '@cdktf/provider-vault/lib/password-policy/index.js';
import type { Cidr } from '../../config/brands.ts';
import type { Declaration } from '../../config/declaration.ts';
import { ConstructError } from '../construct-error.ts';
import { named } from '../logical-id.ts';

export interface OperatorAuthProps {
  /** Mount path of the auth method. */
  readonly path: string;
  readonly auth: Declaration['openbao']['operatorAuth'];
  /** ACL policy of operators. */
  readonly policy: string;
  /**
   * Source addresses of operators. Single sign-on is bound to them here; a userpass user is bound by
   * whoever makes it, with `token_bound_cidrs`.
   */
  readonly from: readonly Cidr[];
}

/** 24 characters of four kinds: about 140 bits, made by the server, never thought up by a person. */
const passwordPolicy = `length = 24

rule "charset" {
  charset = "abcdefghijklmnopqrstuvwxyz"
  min-chars = 1
}

rule "charset" {
  charset = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
  min-chars = 1
}

rule "charset" {
  charset = "0123456789"
  min-chars = 1
}

rule "charset" {
  charset = "-_.+="
  min-chars = 1
}
`;

/**
 * How people log in. Terraform makes the method, its bounds and the password policy; passwords and the
 * OIDC client secret are set outside it (`bao write`), as they would stand in its state.
 *
 * Guarantees: an operator token lives an hour at most.
 *
 * @throws ConstructError  single sign-on without a source address (the server would read that as "from
 *   anywhere")
 */
export class OperatorAuth extends Construct {
  constructor(scope: Construct, id: string, props: OperatorAuthProps) {
    super(scope, id);
    if (props.auth.kind === 'oidc' && props.from.length === 0) {
      throw new ConstructError(this, 'no source address; declare a consumer of kind "operator"');
    }
    const backend = named(
      new AuthBackend(this, 'Resource', {
        type: props.auth.kind,
        path: props.path,
        description: 'Operators: people, for at most an hour',
        tune: [{ defaultLeaseTtl: '1h', maxLeaseTtl: '1h', tokenType: 'default-service' }],
      }),
      props.path,
    );
    switch (props.auth.kind) {
      case 'userpass':
        named(
          new PasswordPolicy(this, 'PasswordPolicy', { name: 'operator', policy: passwordPolicy }),
          'operator',
        );
        break;
      case 'oidc':
        named(
          new JwtAuthBackendRole(this, 'Role', {
            backend: backend.path,
            roleName: 'operator',
            roleType: 'oidc',
            userClaim: 'email',
            boundAudiences: [props.auth.clientId],
            boundClaims: { email: props.auth.boundEmails.join(',') },
            allowedRedirectUris: [...props.auth.redirectUris],
            oidcScopes: ['email'],
            tokenPolicies: [props.policy],
            tokenNoDefaultPolicy: true,
            tokenBoundCidrs: [...props.from],
            tokenTtl: 3600,
            tokenMaxTtl: 3600,
          }),
          'operator',
        );
        break;
    }
  }
}
