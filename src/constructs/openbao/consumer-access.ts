import { Construct } from 'constructs';
import type { AuthBackend } from '@cdktf/provider-vault/lib/auth-backend/index.js';
import { consumerAcl, enrolAcl, renewAcl } from '../../../policies/openbao/consumer.ts';
import type { AclRule } from '../../../policies/openbao/acl.ts';
import type { Consumer } from '../../model/consumer.ts';
import { certificateRoles } from '../../model/names.ts';
import { AclPolicy } from './acl-policy.ts';
import { AppRole } from './approle.ts';
import type { CertificateAuthority } from './certificate-authority.ts';
import type { CertificateLogin } from './certificate-login.ts';

export interface ConsumerAccessProps {
  readonly consumer: Consumer;
  /** The AppRole auth method. */
  readonly backend: Pick<AuthBackend, 'path' | 'accessor'>;
  readonly authority: CertificateAuthority;
  readonly certificates: CertificateLogin;
}

/**
 * The logins of a consumer and what they allow: one identity, one policy of its grants.
 *
 * Guarantees: where it has a certificate, the first one is signed for its AppRole login alone, and the
 * next ones for its certificate login alone (docs/decisions/0010).
 */
export class ConsumerAccess extends Construct {
  constructor(scope: Construct, id: string, props: ConsumerAccessProps) {
    super(scope, id);
    const { consumer, backend, authority, certificates } = props;
    const { name, from, secretIdTtl, tokenTtl, tokenMaxTtl, certificateTtl } = consumer;
    const token = { from, tokenTtl, tokenMaxTtl };
    const own = this.policy(consumer.policy, consumerAcl(consumer));
    const appRole = (policies: readonly string[]) =>
      new AppRole(this, 'approle', { ...token, backend, roleName: name, secretIdTtl, policies });

    if (certificateTtl === undefined) {
      appRole([own]);
      return;
    }
    const { enrol, renew } = certificateRoles(name);
    for (const roleName of [enrol, renew]) {
      authority.addLeafRole({ roleName, names: [name], use: 'client', ttl: certificateTtl });
    }
    const { entityId } = appRole([own, this.policy(enrol, enrolAcl(consumer))]);
    certificates.addRole({
      ...token,
      roleName: name,
      commonName: name,
      entityId,
      policies: [own, this.policy(renew, renewAcl(consumer))],
    });
  }

  private policy(policyName: string, rules: readonly AclRule[]): string {
    return new AclPolicy(this, policyName, { policyName, rules }).policyName;
  }
}
