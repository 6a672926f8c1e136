import type { Row } from './row.ts';
import { oidcAuth, universalAuth } from './rows/auth-methods.ts';
import { githubSync } from './rows/github-sync.ts';
import { identity, privilege, projectIdentity } from './rows/identity.ts';
import { environment, folder, project } from './rows/project.ts';

/** Every resource type that the stand-in serves. `providers/infisical.json` has the schema of each. */
export const resources: Readonly<Record<string, Row>> = {
  infisical_identity: identity,
  infisical_identity_oidc_auth: oidcAuth,
  infisical_identity_universal_auth: universalAuth,
  infisical_project: project,
  infisical_project_environment: environment,
  infisical_project_identity: projectIdentity,
  infisical_project_identity_specific_privilege: privilege,
  infisical_secret_folder: folder,
  infisical_secret_sync_github: githubSync,
};
