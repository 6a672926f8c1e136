import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role/index.js';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy/index.js';
import type { PolicyDocument } from '../../../policies/aws/document.ts';
import { named } from '../logical-id.ts';

export interface RoleProps {
  readonly roleName: string;
  readonly description: string;
  /** Who may assume it. */
  readonly trust: PolicyDocument;
  /** All that it allows, as its one inline policy; undefined: it allows nothing. */
  readonly permissions: PolicyDocument | undefined;
  /** What must exist before it: IAM checks that a principal of the trust does. @default - nothing */
  readonly dependsOn?: readonly ITerraformDependable[];
}

/**
 * An IAM role with one inline policy at most, and nothing attached.
 *
 * Sessions last an hour at most: the least that IAM takes as a maximum (IAM API, MaxSessionDuration).
 */
export class Role extends Construct {
  readonly resource: IamRole;

  constructor(scope: Construct, id: string, props: RoleProps) {
    super(scope, id);
    this.resource = named(
      new IamRole(this, 'Resource', {
        name: props.roleName,
        description: props.description,
        assumeRolePolicy: JSON.stringify(props.trust),
        maxSessionDuration: 3600,
        forceDetachPolicies: true,
        dependsOn: props.dependsOn && [...props.dependsOn],
      }),
      props.roleName,
    );
    if (props.permissions === undefined) return;
    named(
      new IamRolePolicy(this, 'Permissions', {
        name: 'permissions',
        role: this.resource.id,
        policy: JSON.stringify(props.permissions),
      }),
      props.roleName,
    );
  }
}
