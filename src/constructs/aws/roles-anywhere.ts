import { Construct } from 'constructs';
import { RolesanywhereProfile } from '@cdktf/provider-aws/lib/rolesanywhere-profile/index.js';
import { RolesanywhereTrustAnchor } from '@cdktf/provider-aws/lib/rolesanywhere-trust-anchor/index.js';
import { brokerPermissions, rolesAnywhereTrust } from '../../../policies/aws/trust.ts';
import { named } from '../logical-id.ts';
import { Role } from './role.ts';

export interface RolesAnywhereProps {
  /** PEM of the CA that signs the OpenBao host certificate. */
  readonly caCertificate: string;
  /** Subject CN that the broker role trusts. */
  readonly commonName: string;
  readonly roleName: string;
  /** The roles that the broker may assume. */
  readonly targets: readonly string[];
}

/**
 * The identity of OpenBao in AWS without any static key: trust anchor, profile and broker role.
 *
 * Guarantees: the broker role is given to one certificate name under one CA, for an hour at most, and can
 * do nothing but assume the listed roles.
 */
export class RolesAnywhere extends Construct {
  readonly broker: Role;
  readonly trustAnchorArn: string;
  readonly profileArn: string;

  constructor(scope: Construct, id: string, props: RolesAnywhereProps) {
    super(scope, id);
    const anchor = named(
      new RolesanywhereTrustAnchor(this, 'TrustAnchor', {
        name: props.roleName,
        enabled: true,
        source: {
          sourceType: 'CERTIFICATE_BUNDLE',
          sourceData: { x509CertificateData: props.caCertificate },
        },
      }),
      props.roleName,
    );
    this.broker = new Role(this, 'Broker', {
      roleName: props.roleName,
      description: 'OpenBao: may assume the Terraform state roles, nothing else',
      trust: rolesAnywhereTrust(anchor.arn, props.commonName),
      permissions: brokerPermissions(props.targets),
    });
    const profile = named(
      new RolesanywhereProfile(this, 'Profile', {
        name: props.roleName,
        enabled: true,
        roleArns: [this.broker.resource.arn],
        durationSeconds: 3600,
      }),
      props.roleName,
    );
    this.trustAnchorArn = anchor.arn;
    this.profileArn = profile.arn;
  }
}
