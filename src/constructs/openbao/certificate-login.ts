import { Construct } from 'constructs';
import { AuthBackend } from '@cdktf/provider-vault/lib/auth-backend/index.js';
import { CertAuthBackendRole } from '@cdktf/provider-vault/lib/cert-auth-backend-role/index.js';
import { IdentityEntityAlias } from '@cdktf/provider-vault/lib/identity-entity-alias/index.js';
import { named } from '../logical-id.ts';
import { machineTune, tokenArguments, type MachineToken } from './machine-login.ts';

export interface CertificateLoginProps {
  /** Mount path. */
  readonly path: string;
  /** PEM of the CA whose certificates are believed. */
  readonly authority: string;
}

export interface CertificateRoleProps extends MachineToken {
  readonly roleName: string;
  /** The one name that certificates for this role have; the server's alias of whoever logs in. */
  readonly commonName: string;
  /** The identity that the login is another way to. */
  readonly entityId: string;
}

/** The auth method for machines that hold a certificate and its key. */
export class CertificateLogin extends Construct {
  readonly path: string;
  private readonly accessor: string;
  private readonly authority: string;

  constructor(scope: Construct, id: string, props: CertificateLoginProps) {
    super(scope, id);
    const backend = named(
      new AuthBackend(this, 'Resource', {
        type: 'cert',
        path: props.path,
        description: 'Consumers that have enrolled, by their client certificate',
        tune: [machineTune],
      }),
      props.path,
    );
    this.path = backend.path;
    this.accessor = backend.accessor;
    this.authority = props.authority;
  }

  /**
   * The login of one consumer.
   *
   * Guarantees: one name, that CA, those addresses; a token without the default policy; the audit log has
   * the same identity as for the consumer's other login.
   *
   * @throws ConstructError  as {@link tokenArguments}
   */
  addRole(props: CertificateRoleProps): void {
    const scope = new Construct(this, props.roleName);
    named(
      new CertAuthBackendRole(scope, 'Resource', {
        ...tokenArguments(scope, props),
        backend: this.path,
        name: props.roleName,
        certificate: this.authority,
        allowedCommonNames: [props.commonName],
      }),
      props.roleName,
    );
    // No consumer's name has an underscore, so this one meets none of theirs.
    named(
      new IdentityEntityAlias(scope, 'Alias', {
        name: props.commonName,
        mountAccessor: this.accessor,
        canonicalId: props.entityId,
      }),
      `${props.roleName}_certificate`,
    );
  }
}
