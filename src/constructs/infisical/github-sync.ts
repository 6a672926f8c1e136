import { Construct } from 'constructs';
import {
  SecretSyncGithub,
  type SecretSyncGithubSyncOptions,
} from '../../../.gen/providers/infisical/secret-sync-github/index.js';
import { ConstructError } from '../construct-error.ts';
import { named } from '../logical-id.ts';
import type { Folder } from './folder.ts';
import type { Project } from './project.ts';

export interface GithubSyncProps {
  readonly syncName: string;
  readonly project: Project;
  /** Id of a GitHub App or OAuth connection; Terraform could make one with a personal token only. */
  readonly connectionId: string;
  readonly owner: string;
  readonly repository: string;
  /** Environment of the repository. @default - the repository itself */
  readonly githubEnvironment: string | undefined;
  readonly source: { readonly environment: string; readonly path: string; readonly folder: Folder };
  /** Names at GitHub, with `{{secretKey}}`. @default - the same names, and deletion off */
  readonly keySchema: string | undefined;
}

/**
 * A folder whose secrets Infisical copies to GitHub Actions.
 *
 * Guarantees: a secret at GitHub that Infisical does not know stays, either because nothing is deleted
 * there or because it has no name of the schema. The provider's own default deletes it.
 *
 * @throws ConstructError  a schema that every name matches
 */
export class GithubSync extends Construct {
  constructor(scope: Construct, id: string, props: GithubSyncProps) {
    super(scope, id);
    const { githubEnvironment, source, owner, repository } = props;
    named(
      new SecretSyncGithub(this, 'Resource', {
        name: props.syncName,
        projectId: props.project.projectId,
        connectionId: props.connectionId,
        environment: source.environment,
        secretPath: source.path,
        autoSyncEnabled: true,
        syncOptions: this.options(props.keySchema),
        destinationConfig: {
          scope: githubEnvironment === undefined ? 'repository' : 'repository-environment',
          repositoryOwner: owner,
          repositoryName: repository,
          repositoryEnvironment: githubEnvironment,
        },
        dependsOn: [source.folder.resource],
      }),
      props.syncName,
    );
  }

  private options(keySchema: string | undefined): SecretSyncGithubSyncOptions {
    const initialSyncBehavior = 'overwrite-destination';
    if (keySchema === undefined) return { initialSyncBehavior, disableSecretDeletion: true };
    if (keySchema.replace('{{secretKey}}', '') === '' || !keySchema.includes('{{secretKey}}')) {
      throw new ConstructError(this, `every secret at GitHub has a name of "${keySchema}"`);
    }
    return { initialSyncBehavior, disableSecretDeletion: false, keySchema };
  }
}
