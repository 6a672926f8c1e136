import { Construct } from 'constructs';
import { DatabaseSecretBackendRole } from '@cdktf/provider-vault/lib/database-secret-backend-role/index.js';
import { Mount } from '@cdktf/provider-vault/lib/mount/index.js';
import type { Seconds } from '../../config/brands.ts';
import { ConstructError } from '../construct-error.ts';
import { named } from '../logical-id.ts';

export interface DatabaseEngineProps {
  /** Mount path. */
  readonly path: string;
  /** Terraform refuses to destroy or replace the mount, and with it the only known passwords. @default true */
  readonly protection?: boolean;
}

export interface DatabaseRoleProps {
  readonly roleName: string;
  /** Name of the connection, which an operator makes. */
  readonly connection: string;
  /** Life of a user, in seconds. */
  readonly ttl: Seconds;
  readonly maxTtl: Seconds;
  readonly create: readonly string[];
  readonly revoke: readonly string[];
}

/**
 * Users of databases, made at each request and removed with their lease. Terraform makes the roles; a
 * connection has a password, so `backbone db connect` makes it, and no state ever has one.
 */
export class DatabaseEngine extends Construct {
  private readonly path: string;

  constructor(scope: Construct, id: string, props: DatabaseEngineProps) {
    super(scope, id);
    const mount = named(
      new Mount(this, 'Resource', {
        path: props.path,
        type: 'database',
        description: 'Users of databases, made at each request',
        defaultLeaseTtlSeconds: 900,
        maxLeaseTtlSeconds: 3600,
        lifecycle: { preventDestroy: props.protection ?? true },
      }),
      props.path,
    );
    this.path = mount.path;
  }

  /** @throws ConstructError  a life above its maximum */
  addRole(props: DatabaseRoleProps): void {
    const scope = new Construct(this, props.roleName);
    if (props.ttl > props.maxTtl) {
      throw new ConstructError(
        scope,
        `TTL ${String(props.ttl)} s is above its maximum ${String(props.maxTtl)} s`,
      );
    }
    named(
      new DatabaseSecretBackendRole(scope, 'Resource', {
        backend: this.path,
        name: props.roleName,
        dbName: props.connection,
        defaultTtl: props.ttl,
        maxTtl: props.maxTtl,
        creationStatements: [...props.create],
        revocationStatements: [...props.revoke],
      }),
      props.roleName,
    );
  }
}
