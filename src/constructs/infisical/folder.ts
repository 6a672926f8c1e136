import { Construct } from 'constructs';
import { SecretFolder } from '../../../.gen/providers/infisical/secret-folder/index.js';
import { named } from '../logical-id.ts';
import type { Project } from './project.ts';

export interface FolderProps {
  readonly project: Project;
  /** Slug. */
  readonly environment: string;
  /** Folder that it lies in; `/` at the top. */
  readonly parent: string;
  /** That folder, unless it is the top. @default - none */
  readonly inside?: Folder;
  readonly name: string;
  readonly description: string;
}

/** A folder of one environment. Terraform removes it only when it is empty: values are a person's. */
export class Folder extends Construct {
  readonly resource: SecretFolder;

  constructor(scope: Construct, id: string, props: FolderProps) {
    super(scope, id);
    const { project, environment, parent, name } = props;
    this.resource = named(
      new SecretFolder(this, 'Resource', {
        projectId: project.projectId,
        environmentSlug: environment,
        folderPath: parent,
        name,
        description: props.description,
        forceDelete: false,
        dependsOn: [props.inside?.resource ?? project.environment(environment)],
      }),
      `${environment}${parent === '/' ? '' : parent}/${name}`,
    );
  }
}
