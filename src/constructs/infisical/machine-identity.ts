import { Construct } from 'constructs';
import { Identity } from '../../../.gen/providers/infisical/identity/index.js';
import { ProjectIdentity } from '../../../.gen/providers/infisical/project-identity/index.js';
import { ProjectIdentitySpecificPrivilege } from '../../../.gen/providers/infisical/project-identity-specific-privilege/index.js';
import { ConstructError } from '../construct-error.ts';
import { named } from '../logical-id.ts';
import type { Project } from './project.ts';

export interface MachineIdentityProps {
  readonly identityName: string;
  readonly organizationId: string;
  readonly project: Project;
  /** Folders that it may read: each exactly, in one environment. */
  readonly grants: readonly { readonly environment: string; readonly path: string }[];
}

/** The role that allows nothing, in an organization and in a project: what is allowed is a privilege. */
const noAccess = 'no-access';

/**
 * A machine identity that may read the secrets of the granted folders and nothing else.
 *
 * Guarantees: no role of the organization and none of the project; each grant names one environment and
 * one folder by `$eq`, never by a pattern. That needs no custom role, which is a paid feature.
 *
 * @throws ConstructError  no grant
 */
export class MachineIdentity extends Construct {
  readonly identityId: string;

  constructor(scope: Construct, id: string, props: MachineIdentityProps) {
    super(scope, id);
    const { identityName, project, grants } = props;
    if (grants.length === 0) throw new ConstructError(this, 'an identity without a grant');
    const identity = named(
      new Identity(this, 'Resource', {
        name: identityName,
        orgId: props.organizationId,
        role: noAccess,
        hasDeleteProtection: false,
      }),
      identityName,
    );
    this.identityId = identity.id;
    const membership = named(
      new ProjectIdentity(this, 'Membership', {
        projectId: project.projectId,
        identityId: this.identityId,
        roles: [{ roleSlug: noAccess }],
      }),
      identityName,
    );
    named(
      new ProjectIdentitySpecificPrivilege(this, 'Privilege', {
        projectSlug: project.slug,
        identityId: this.identityId,
        slug: `read-${identityName}`,
        permissionsV2: grants.map((grant) => ({
          subject: 'secrets',
          action: ['describeSecret', 'readValue'],
          conditions: conditions(grant),
        })),
        dependsOn: [membership],
      }),
      identityName,
    );
  }
}

/** Keys in the order in which the server writes them back: any other would be a change in every plan. */
function conditions({ environment, path }: MachineIdentityProps['grants'][number]): string {
  return JSON.stringify({ environment: { $eq: environment }, secretPath: { $eq: path } });
}
