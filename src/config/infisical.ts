import { z } from 'zod';
import { cidr, httpsUrl, name, secretPath, seconds } from './brands.ts';
import { switched } from './switched.ts';
import { audience, githubId, refName, repository, workflowRun } from './workflows.ts';

/** An id that Infisical or GitHub gave out: it names something and opens nothing. */
const publicId = z.uuid('an id in the form of a UUID, as the page of the thing shows it');

/** Slugs of Infisical: lower-case letters, digits and single hyphens (provider `infisical`, slug validator). */
const slug = (longest: number) =>
  z
    .string()
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'lower-case letters, digits and single hyphens')
    .max(longest);

/** Environment of an Infisical project, by its slug. */
export const environmentSlug = slug(64).brand<'EnvironmentSlug'>();
export type EnvironmentSlug = z.infer<typeof environmentSlug>;

/** A folder of an Infisical project: exact, never a pattern. Names are what Infisical takes in a folder. */
export const folderPath = z
  .string()
  .regex(
    /^(\/[A-Za-z0-9][A-Za-z0-9_-]*)+$/,
    'an exact folder such as /ai or /apps/web: a leading slash, letters, digits, "-" and "_", no wildcard',
  )
  .max(200)
  .brand<'FolderPath'>();
export type FolderPath = z.infer<typeof folderPath>;

const place = {
  environment: environmentSlug.describe('environment, by its slug'),
  path: folderPath.describe('folder; what lies in folders below it is not meant'),
};

const grants = z
  .array(z.strictObject(place))
  .min(1)
  .describe('what it may read: exact folders in exact environments');

const numUses = z
  .number()
  .int()
  .min(1, 'zero means without a limit at Infisical -> write at least 1')
  .max(1_000_000);

const accessToken = z
  .strictObject({
    ttl: seconds.describe('life of an access token; the server would give 30 days'),
    maxTtl: seconds.describe('longest life of an access token with renewals'),
    numUses: numUses.describe('requests that one access token is good for'),
  })
  .describe('limits of the access tokens that a login gives; each is always set');

const identity = z
  .strictObject({
    secret: secretPath.describe(
      'KV secret of OpenBao that keeps its client id and client secret; only this consumer may read it',
    ),
    grants,
    accessToken,
    clientSecret: z
      .strictObject({
        ttl: seconds.describe('life of a client secret'),
        numUses: numUses.describe('logins that one client secret is good for'),
      })
      .describe('limits of the client secrets that `backbone infisical issue` mints'),
    trustedIps: z
      .array(cidr)
      .min(1)
      .optional()
      .describe(
        "addresses that client secret and access token work from, with plan: pro; default: the consumer's own sources",
      ),
  })
  .describe('the machine identity of a consumer, which logs in by Universal Auth');

const githubIdentity = z
  .strictObject({
    repository: repository.describe('repository whose workflows log in, as owner/name'),
    ids: z
      .strictObject({
        repository: githubId('`gh api repos/OWNER/NAME --jq .id`', 'its id at GitHub'),
        owner: githubId('`gh api repos/OWNER/NAME --jq .owner.id`', 'the id of its owner'),
      })
      .optional()
      .describe(
        'ids in the subject of its tokens: for every repository made, renamed or transferred since July 2026; `gh api repos/OWNER/NAME/actions/oidc/customization/sub` tells',
      ),
    subject: workflowRun.describe('which runs of them: one environment, branch or tag, exactly'),
    audience: audience
      .optional()
      .describe('audience of the token; default https://github.com/<owner>, as GitHub sends it'),
    grants,
    accessToken,
  })
  .describe('an identity for GitHub Actions, which logs in by OIDC: no secret is stored anywhere');

const githubSync = z
  .strictObject({
    connection: publicId.describe(
      'id of the GitHub App or OAuth connection, made in the pages of Infisical',
    ),
    repository: repository.describe('repository that gets the secrets, as owner/name'),
    githubEnvironment: refName
      .optional()
      .describe('environment of that repository; default: the repository itself'),
    source: z.strictObject(place).describe('folder whose secrets are copied'),
    keySchema: z
      .string()
      .regex(
        /^([A-Z_][A-Z0-9_]*\{\{secretKey\}\}[A-Z0-9_]*|\{\{secretKey\}\}[A-Z0-9_]+)$/,
        'a prefix or suffix around {{secretKey}}, e.g. BACKBONE_{{secretKey}}',
      )
      .optional()
      .describe(
        'names at GitHub; with it, secrets of that form which the folder lacks are deleted there. Without it nothing is ever deleted',
      ),
  })
  .describe('secrets of a folder, copied to GitHub Actions by Infisical itself');

const enabled = z.strictObject({
  enabled: z.literal(true).describe('static app secrets are served by it; the stack is deployed'),
  siteUrl: httpsUrl.describe('URL of Infisical, e.g. https://infisical.example.net'),
  organizationId: publicId.describe('id of the organization, from its settings page'),
  plan: z
    .enum(['free', 'pro'])
    .describe('free: the server refuses trusted IPs, a firewall stands in; pro: it takes them'),
  caCertificate: z
    .string()
    .min(1)
    .optional()
    .describe(
      "PEM file of the CA of its TLS certificate, relative to the declaration; default: the system's CAs",
    ),
  project: z
    .strictObject({
      name: z
        .string()
        .regex(/^[\w .@+-]{1,64}$/, 'at most 64 letters, digits, spaces and "_.@+-"')
        .describe('name that people see'),
      slug: slug(36).describe('short name in the API'),
      description: z
        .string()
        .max(200)
        .default('Made by credential-backbone')
        .describe('what it is for'),
    })
    .describe('the one project that this program makes'),
  environments: z
    .array(
      z.strictObject({
        slug: environmentSlug.describe('short name in the API'),
        name: z
          .string()
          .regex(/^[\w .@+-]{1,64}$/, 'at most 64 letters, digits, spaces and "_.@+-"')
          .describe('name that people see'),
      }),
    )
    .min(1)
    .describe('environments of the project, in the order in which they are shown'),
  folders: z
    .record(
      folderPath,
      z.strictObject({
        class: z
          .enum(['ai-model-keys', 'app-runtime-env', 'github-actions-secrets'])
          .describe('secret class of what lies there'),
        environments: z
          .array(environmentSlug)
          .min(1)
          .optional()
          .describe('environments that have it; default: all'),
        description: z.string().max(200).optional().describe('what lies there'),
      }),
    )
    .describe('folders by path; those above them are made, too'),
  identities: z
    .record(name, identity)
    .default({})
    .describe('machine identities, by the name of the consumer'),
  githubActions: z
    .record(name, githubIdentity)
    .default({})
    .describe('identities of GitHub Actions, by a name of your own'),
  githubSyncs: z
    .record(name, githubSync)
    .default({})
    .describe('syncs to GitHub Actions secrets, by a name of your own'),
});

export const infisical = switched(enabled, 'no Infisical').describe(
  'static app secrets: Infisical',
);

export type InfisicalDeclaration = z.infer<typeof enabled>;
