import { TerraformOutput } from 'cdktf';
import type { Construct } from 'constructs';
import { AwsProvider } from '@cdktf/provider-aws/lib/provider/index.js';
import { LockTable } from '../src/constructs/aws/lock-table.ts';
import { Role } from '../src/constructs/aws/role.ts';
import { RolesAnywhere } from '../src/constructs/aws/roles-anywhere.ts';
import { StateBucket } from '../src/constructs/aws/state-bucket.ts';
import { named } from '../src/constructs/logical-id.ts';
import type { Backbone } from '../src/model/backbone.ts';
import { brokerRole } from '../src/model/names.ts';
import { brokerKeyTrust, brokerPermissions, profileTrust } from '../policies/aws/trust.ts';
import { BackboneStack } from './stack.ts';

export interface AwsTrustProps {
  /** PEM of the Roles Anywhere CA; undefined where the identity is of another kind. */
  readonly caCertificate: string | undefined;
}

/** State buckets and lock tables, the identity of OpenBao in AWS, and one role a profile. No IAM user. */
export class AwsTrustStack extends BackboneStack {
  constructor(scope: Construct, backbone: Backbone, { caCertificate }: AwsTrustProps) {
    super(scope, 'aws-trust', backbone);
    const { aws } = backbone.declaration;

    new AwsProvider(this, 'aws', {
      region: aws.region,
      // Refuses to work in the wrong account, whatever credentials the shell has.
      allowedAccountIds: [aws.account],
      endpoints: aws.endpoints === undefined ? undefined : [aws.endpoints],
      s3UsePathStyle: aws.endpoints?.s3 === undefined ? undefined : true,
      defaultTags: [{ tags: { 'managed-by': 'credential-backbone' } }],
    });

    const managed = backbone.profiles.filter(({ declared }) => declared.manage);
    for (const bucket of new Set(managed.map(({ declared }) => declared.bucket))) {
      new StateBucket(this, `bucket-${bucket}`, { bucket });
    }
    const tables = managed.flatMap(({ declared: { lock } }) =>
      lock.mode === 's3' ? [] : [lock.table],
    );
    for (const table of new Set(tables)) {
      new LockTable(this, `table-${table}`, { table });
    }

    const targets = backbone.profiles.map(({ roleArn }) => roleArn);
    const broker = this.broker(aws.identity, targets, caCertificate);
    for (const profile of backbone.profiles) {
      new Role(this, `role-${profile.role}`, {
        roleName: profile.role,
        description: `Terraform state of ${profile.name}: ${profile.declared.access}`,
        trust: profileTrust(backbone.brokerRoleArn),
        permissions: profile.policy,
        dependsOn: [broker.resource],
      });
    }
  }

  private broker(
    identity: Backbone['declaration']['aws']['identity'],
    targets: readonly string[],
    caCertificate: string | undefined,
  ): Role {
    switch (identity.kind) {
      case 'roles-anywhere': {
        if (caCertificate === undefined) throw new Error('the CA certificate was not loaded');
        const anywhere = new RolesAnywhere(this, 'roles-anywhere', {
          caCertificate,
          commonName: identity.commonName,
          roleName: brokerRole,
          targets,
        });
        for (const [name, value] of [
          ['trust_anchor_arn', anywhere.trustAnchorArn],
          ['profile_arn', anywhere.profileArn],
          ['broker_role_arn', anywhere.broker.resource.arn],
        ] as const) {
          named(new TerraformOutput(this, `output-${name}`, { value }), name);
        }
        return anywhere.broker;
      }
      case 'broker-key':
        return new Role(this, 'broker', {
          roleName: brokerRole,
          description: 'OpenBao: may assume the Terraform state roles, nothing else',
          trust: brokerKeyTrust(identity.principalArn),
          permissions: brokerPermissions(targets),
        });
    }
  }
}
