import { Construct } from 'constructs';
import { ApproleAuthBackendRole } from '@cdktf/provider-vault/lib/approle-auth-backend-role/index.js';
import type { AuthBackend } from '@cdktf/provider-vault/lib/auth-backend/index.js';
import { IdentityEntity } from '@cdktf/provider-vault/lib/identity-entity/index.js';
import { IdentityEntityAlias } from '@cdktf/provider-vault/lib/identity-entity-alias/index.js';
import type { Seconds } from '../../config/brands.ts';
import { named } from '../logical-id.ts';
import { tokenArguments, type MachineToken } from './machine-login.ts';

export interface AppRoleProps extends MachineToken {
  /** The AppRole auth method that holds the role. */
  readonly backend: Pick<AuthBackend, 'path' | 'accessor'>;
  readonly roleName: string;
  /** Life of an unused SecretID, in seconds. It can be used once. */
  readonly secretIdTtl: Seconds;
}

/**
 * An AppRole with an identity of its own.
 *
 * Guarantees: a SecretID is always needed, works once and expires; login and token are bound to source
 * addresses; the default policy is not attached; the identity keeps its name in the audit log.
 *
 * @throws ConstructError  as {@link tokenArguments}
 */
export class AppRole extends Construct {
  /** Id of its identity, for other logins that are the same machine's. */
  readonly entityId: string;

  constructor(scope: Construct, id: string, props: AppRoleProps) {
    super(scope, id);
    const role = named(
      new ApproleAuthBackendRole(this, 'Resource', {
        ...tokenArguments(this, props),
        backend: props.backend.path,
        roleName: props.roleName,
        bindSecretId: true,
        secretIdNumUses: 1,
        secretIdTtl: props.secretIdTtl,
        secretIdBoundCidrs: [...props.from],
      }),
      props.roleName,
    );
    const entity = named(
      new IdentityEntity(this, 'Entity', { name: props.roleName, externalPolicies: false }),
      props.roleName,
    );
    this.entityId = entity.id;
    named(
      new IdentityEntityAlias(this, 'Alias', {
        name: role.roleId,
        mountAccessor: props.backend.accessor,
        canonicalId: this.entityId,
      }),
      props.roleName,
    );
  }
}
