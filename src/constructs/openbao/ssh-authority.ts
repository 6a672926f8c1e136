import { Construct } from 'constructs';
import { Mount } from '@cdktf/provider-vault/lib/mount/index.js';
import { SshSecretBackendCa } from '@cdktf/provider-vault/lib/ssh-secret-backend-ca/index.js';
import { SshSecretBackendRole } from '@cdktf/provider-vault/lib/ssh-secret-backend-role/index.js';
import type { Cidr, Seconds } from '../../config/brands.ts';
import { ConstructError } from '../construct-error.ts';
import { named } from '../logical-id.ts';

/** A day of work is the most; whoever needs longer has another one signed. */
export const longestSshTtl = 43_200 as Seconds;

export interface SshAuthorityProps {
  /** Mount path. */
  readonly path: string;
  /** Terraform refuses to destroy or replace the mount, and with it the CA that hosts trust. @default true */
  readonly protection?: boolean;
}

export interface UserRoleProps {
  readonly roleName: string;
  /** Names that its certificates have, all of them always. */
  readonly principals: readonly string[];
  readonly extensions: readonly string[];
  /** The only addresses that sshd takes its certificates from. */
  readonly from: readonly Cidr[];
  /** Life of a certificate, in seconds. */
  readonly ttl: Seconds;
  /** Whose they are, for the log of sshd. */
  readonly consumer: string;
}

/**
 * A certificate authority for SSH users.
 *
 * Guarantees: its key is made inside OpenBao and is in no state; it signs no host; a role's certificates have
 * its principals, addresses and life, whatever a request asks for (PROTOCOL.certkeys of OpenSSH).
 */
export class SshAuthority extends Construct {
  private readonly path: string;
  private readonly authority: SshSecretBackendCa;

  constructor(scope: Construct, id: string, props: SshAuthorityProps) {
    super(scope, id);
    const lifecycle = { preventDestroy: props.protection ?? true };
    const mount = named(
      new Mount(this, 'Resource', {
        path: props.path,
        type: 'ssh',
        description: 'Signs SSH keys of users',
        defaultLeaseTtlSeconds: 300,
        maxLeaseTtlSeconds: longestSshTtl,
        lifecycle,
      }),
      props.path,
    );
    this.path = mount.path;
    this.authority = named(
      new SshSecretBackendCa(this, 'Authority', {
        backend: mount.path,
        generateSigningKey: true,
        keyType: 'ed25519',
        // Needed with this type; 0 is the one length that there is.
        keyBits: 0,
        lifecycle,
      }),
      props.path,
    );
  }

  /** @throws ConstructError  no principal or no address, which sshd would read as any; or too long a life */
  addUserRole(props: UserRoleProps): void {
    const scope = new Construct(this, props.roleName);
    if (props.principals.length === 0) throw new ConstructError(scope, 'no principal');
    if (props.from.length === 0) throw new ConstructError(scope, 'no source address');
    if (props.ttl > longestSshTtl) {
      throw new ConstructError(
        scope,
        `certificates of ${String(props.ttl)} s, at most ${String(longestSshTtl)} s are signed`,
      );
    }
    const principals = props.principals.join(',');
    named(
      new SshSecretBackendRole(scope, 'Resource', {
        backend: this.path,
        name: props.roleName,
        keyType: 'ca',
        allowUserCertificates: true,
        allowHostCertificates: false,
        allowUserKeyIds: false,
        allowEmptyPrincipals: false,
        // No request may name principals (policies/openbao/engines.ts), so these are what it gets.
        defaultUser: principals,
        allowedUsers: principals,
        allowedExtensions: props.extensions.join(','),
        defaultExtensions: Object.fromEntries(props.extensions.map((name) => [name, ''])),
        allowedCriticalOptions: 'source-address',
        defaultCriticalOptions: { 'source-address': props.from.join(',') },
        allowedUserKeyConfig: [{ type: 'ed25519', lengths: [0] }],
        keyIdFormat: `${props.consumer}-{{token_display_name}}-{{public_key_hash}}`,
        ttl: String(props.ttl),
        maxTtl: String(props.ttl),
        notBeforeDuration: '30',
        dependsOn: [this.authority],
      }),
      props.roleName,
    );
  }
}
