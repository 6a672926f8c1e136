import { z } from 'zod';
import { httpsUrl, name } from './brands.ts';
import { serviceContainer } from './proxmox.ts';
import { switched } from './switched.ts';

/** Login of a GitHub user or organization. */
export const accountName = z
  .string()
  .regex(/^[A-Za-z0-9](-?[A-Za-z0-9]){0,38}$/, 'the login of a user or organization')
  .brand<'GithubAccount'>();
export type GithubAccount = z.infer<typeof accountName>;

/** A repository without its owner: exact, never a pattern. */
export const repositoryName = z
  .string()
  .regex(
    /^(?!\.{1,2}$)(?!.*\.git$)[A-Za-z0-9_.-]{1,100}$/,
    'the name of one repository, without its owner and without a wildcard',
  )
  .brand<'RepositoryName'>();
export type RepositoryName = z.infer<typeof repositoryName>;

/**
 * Repository permissions of a GitHub App that a consumer may be given (GitHub REST API, "Create an installation
 * access token", `permissions`). What is left out is left out on purpose: `administration: write` deletes
 * repositories, and those of an organization (`members`, `organization_administration`) rule over people.
 */
export const permissions = z
  .strictObject({
    actions: z.enum(['read', 'write']).optional().describe('workflow runs and artifacts'),
    administration: z
      .enum(['read'])
      .optional()
      .describe('settings; to write them is no permission that can be given'),
    checks: z.enum(['read', 'write']).optional().describe('checks on code'),
    contents: z
      .enum(['read', 'write'])
      .optional()
      .describe('code, commits, branches, releases: what git reads and pushes'),
    deployments: z.enum(['read', 'write']).optional().describe('deployments'),
    environments: z.enum(['read', 'write']).optional().describe('deployment environments'),
    issues: z.enum(['read', 'write']).optional().describe('issues'),
    metadata: z.enum(['read']).optional().describe('what every token can read in any case'),
    packages: z.enum(['read', 'write']).optional().describe('packages'),
    pages: z.enum(['read', 'write']).optional().describe('Pages'),
    pull_requests: z.enum(['read', 'write']).optional().describe('pull requests'),
    secrets: z
      .enum(['read', 'write'])
      .optional()
      .describe('names of Actions secrets; write sets and deletes them'),
    statuses: z.enum(['read', 'write']).optional().describe('commit statuses'),
    workflows: z.enum(['write']).optional().describe('files below .github/workflows'),
  })
  .describe('the most that a token of this context may do');
export type GithubPermissions = z.infer<typeof permissions>;

/** What the broker does itself. To delete a repository or to remove a member is no verb, by design. */
export const githubVerbs = ['create-repo', 'add-deploy-key', 'set-secret'] as const;
export type GithubVerb = (typeof githubVerbs)[number];

const account = z
  .strictObject({
    installation: z
      .number()
      .int()
      .positive()
      .describe('id of the installation there: the number at the end of its settings page'),
    kind: z
      .enum(['organization', 'user'])
      .describe(
        'organization or user; with a token of an installation, GitHub makes repositories in organizations alone',
      ),
  })
  .describe('one account where the App is installed');

const context = z
  .strictObject({
    account: accountName.describe('account of the repositories'),
    repositories: z
      .array(repositoryName)
      .max(100)
      .default([])
      .describe('its repositories by name: a token, a deploy key or a secret is for these alone'),
    permissions: permissions.default({}),
    verbs: z
      .array(z.enum(githubVerbs))
      .default([])
      .describe(
        'what the broker does for it: create-repo: a private repository of the account; add-deploy-key, set-secret: in these repositories',
      ),
  })
  .describe('repositories of one account, and what may be done there');

const enabled = z.strictObject({
  enabled: z
    .literal(true)
    .describe('the broker stands in for personal access tokens; the stack is deployed'),
  clientId: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/, 'the client ID of the App, such as Iv23liABCDEFGHIJKLMN')
    .describe('client ID of the GitHub App, from its settings page; no secret'),
  apiUrl: httpsUrl
    .default('https://api.github.com')
    .describe('GitHub API; https://<host>/api/v3 for an Enterprise Server'),
  webUrl: httpsUrl.default('https://github.com').describe('where git pushes to'),
  apiCaCertificate: z
    .string()
    .min(1)
    .optional()
    .describe(
      "PEM file of the CA of GitHub's TLS certificate, relative to the declaration; default: the system's CAs",
    ),
  broker: z
    .strictObject({
      container: serviceContainer.optional(),
      url: httpsUrl
        .optional()
        .describe(
          'URL of the broker as consumers reach it; default: https, the address of its container, port 8443',
        ),
      caCertificate: z
        .string()
        .min(1)
        .optional()
        .describe(
          "PEM file of the CA of its TLS certificate, relative to the declaration; default: the system's CAs",
        ),
      creationsPerHour: z
        .number()
        .int()
        .min(1)
        .max(60)
        .default(3)
        .describe('repositories that a consumer may have made within an hour'),
      tokensPerMinute: z
        .number()
        .int()
        .min(1)
        .max(600)
        .default(30)
        .describe('requests of one consumer that the broker answers within a minute'),
    })
    .prefault({})
    .describe('the broker: the consumer that is granted `broker: github`'),
  accounts: z
    .record(accountName, account)
    .describe('accounts where the App is installed, by login'),
  contexts: z
    .record(name, context)
    .describe('what can be granted to consumers, by a name of your own'),
});

export const github = switched(enabled, 'no GitHub broker').describe(
  'GitHub API and push: a GitHub App whose key lies in OpenBao, and a broker before it',
);

export type GithubDeclaration = z.infer<typeof enabled>;
