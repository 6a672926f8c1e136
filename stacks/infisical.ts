import { TerraformOutput } from 'cdktf';
import type { Construct } from 'constructs';
import { InfisicalProvider } from '../.gen/providers/infisical/provider/index.js';
import { Folder } from '../src/constructs/infisical/folder.ts';
import { GithubOidcAuth } from '../src/constructs/infisical/github-oidc-auth.ts';
import { GithubSync } from '../src/constructs/infisical/github-sync.ts';
import { MachineIdentity } from '../src/constructs/infisical/machine-identity.ts';
import { Project } from '../src/constructs/infisical/project.ts';
import { UniversalAuth } from '../src/constructs/infisical/universal-auth.ts';
import { named } from '../src/constructs/logical-id.ts';
import type { Backbone } from '../src/model/backbone.ts';
import type { FolderGrant, Infisical } from '../src/model/infisical.ts';
import { BackboneStack } from './stack.ts';

/** Project, folders, identities and syncs of Infisical. No value of any secret, and no client secret. */
export class InfisicalStack extends BackboneStack {
  constructor(scope: Construct, backbone: Backbone, infisical: Infisical) {
    super(scope, 'infisical', backbone);
    const { protection } = backbone.declaration.openbao;

    new InfisicalProvider(this, 'infisical', {
      host: infisical.siteUrl,
      // The method is written out, as a stray INFISICAL_TOKEN would otherwise take its place. Client id and
      // secret come from INFISICAL_UNIVERSAL_AUTH_CLIENT_ID and _SECRET, and stand nowhere.
      auth: { universal: {} },
    });

    const project = new Project(this, 'project', {
      ...infisical.project,
      environments: infisical.environments,
      protection,
    });
    const folders = new Map<string, Folder>();
    const key = (environment: string, path: string) => `${environment} ${path}`;
    for (const { path, ...folder } of infisical.folders) {
      folders.set(
        key(folder.environment, path),
        new Folder(this, `folder-${folder.environment}-${path}`, {
          ...folder,
          project,
          inside: folders.get(key(folder.environment, folder.parent)),
        }),
      );
    }

    const identity = (name: string, grants: readonly FolderGrant[]) =>
      new MachineIdentity(this, `identity-${name}`, {
        identityName: name,
        organizationId: infisical.organizationId,
        project,
        grants,
      });
    for (const { name, grants, accessToken, trustedIps } of infisical.identities) {
      new UniversalAuth(this, `universal-auth-${name}`, {
        identity: identity(name, grants),
        identityName: name,
        accessToken,
        trustedIps,
      });
    }
    for (const { name, grants, accessToken, subject, audience } of infisical.githubIdentities) {
      new GithubOidcAuth(this, `oidc-auth-${name}`, {
        identity: identity(name, grants),
        identityName: name,
        accessToken,
        subject,
        audience,
      });
    }
    for (const { name, source, ...sync } of infisical.syncs) {
      const folder = folders.get(key(source.environment, source.path));
      if (folder === undefined) throw new Error(`unchecked source of the sync ${name}`);
      new GithubSync(this, `sync-${name}`, {
        ...sync,
        syncName: name,
        project,
        source: { ...source, folder },
      });
    }

    named(
      new TerraformOutput(this, 'output-infisical_firewall', {
        value: infisical.firewall,
        description:
          infisical.plan === 'free'
            ? 'What alone may reach Infisical: its free plan binds no login to an address, so do it there'
            : 'What has to reach Infisical; its server binds each login to its addresses besides',
      }),
      'infisical_firewall',
    );
    named(
      new TerraformOutput(this, 'output-project_id', {
        value: project.projectId,
        description: 'Project, as INFISICAL_PROJECT_ID',
      }),
      'project_id',
    );
  }
}
