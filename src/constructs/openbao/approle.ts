import { Construct } from 'constructs';
import { ApproleAuthBackendRole } from '@cdktf/provider-vault/lib/approle-auth-backend-role/index.js';
import type { AuthBackend } from '@cdktf/provider-vault/lib/auth-backend/index.js';
import { IdentityEntity } from '@cdktf/provider-vault/lib/identity-entity/index.js';
import { IdentityEntityAlias } from '@cdktf/provider-vault/lib/identity-entity-alias/index.js';
import type { Cidr, Seconds } from '../../config/brands.ts';
import { ConstructError } from '../construct-error.ts';
import { named } from '../logical-id.ts';

/**
 * Limits of the AppRole auth method. A consumer can read its static secrets only as long as its token
 * lives, so an hour is the most.
 */
export const approleTune = {
  defaultLeaseTtl: '15m',
  maxLeaseTtl: '1h',
  tokenType: 'default-service',
} as const;

/** `maxLeaseTtl` in seconds: OpenBao would quietly cut a longer life down to it. */
export const longestTokenTtl = 3600 as Seconds;

export interface AppRoleProps {
  /** The AppRole auth method that holds the role. */
  readonly backend: Pick<AuthBackend, 'path' | 'accessor'>;
  readonly roleName: string;
  /** Names of ACL policies; the default policy is never among them. */
  readonly policies: readonly string[];
  /** Source addresses for the login and for every later use of the token. */
  readonly from: readonly Cidr[];
  /** Life of an unused SecretID, in seconds. It can be used once. */
  readonly secretIdTtl: Seconds;
  /** Life of the token, in seconds. */
  readonly tokenTtl: Seconds;
  /** Life of the token with renewals, in seconds. */
  readonly tokenMaxTtl: Seconds;
}

/**
 * An AppRole with an identity of its own.
 *
 * Guarantees: a SecretID is always needed, works once and expires; login and token are bound to source
 * addresses; the default policy is not attached; the identity keeps its name in the audit log.
 *
 * @throws ConstructError  no source address (the server would read that as "from anywhere"), or a token
 *   life above its maximum or above `longestTokenTtl`
 */
export class AppRole extends Construct {
  constructor(scope: Construct, id: string, props: AppRoleProps) {
    super(scope, id);
    if (props.from.length === 0) {
      throw new ConstructError(
        this,
        'no source address; OpenBao would accept logins from anywhere',
      );
    }
    if (props.tokenTtl > props.tokenMaxTtl) {
      throw new ConstructError(
        this,
        `token TTL ${String(props.tokenTtl)} s is above its maximum ${String(props.tokenMaxTtl)} s`,
      );
    }
    if (props.tokenMaxTtl > longestTokenTtl) {
      throw new ConstructError(
        this,
        `token max TTL ${String(props.tokenMaxTtl)} s is above the ${String(longestTokenTtl)} s ` +
          'that the auth method gives',
      );
    }
    const role = named(
      new ApproleAuthBackendRole(this, 'Resource', {
        backend: props.backend.path,
        roleName: props.roleName,
        bindSecretId: true,
        secretIdNumUses: 1,
        secretIdTtl: props.secretIdTtl,
        secretIdBoundCidrs: [...props.from],
        tokenBoundCidrs: [...props.from],
        tokenPolicies: [...props.policies],
        tokenNoDefaultPolicy: true,
        tokenTtl: props.tokenTtl,
        tokenMaxTtl: props.tokenMaxTtl,
        tokenType: 'service',
      }),
      props.roleName,
    );
    const entity = named(
      new IdentityEntity(this, 'Entity', { name: props.roleName, externalPolicies: false }),
      props.roleName,
    );
    named(
      new IdentityEntityAlias(this, 'Alias', {
        name: role.roleId,
        mountAccessor: props.backend.accessor,
        canonicalId: entity.id,
      }),
      props.roleName,
    );
  }
}
