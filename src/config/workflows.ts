import { z } from 'zod';
import { httpsUrl, seconds } from './brands.ts';

/** What of GitHub Actions another server is told to believe: a repository, and which of its runs. */
export const repository = z
  .string()
  .regex(
    /^[A-Za-z0-9](-?[A-Za-z0-9]){0,38}\/(?!\.{1,2}$)[A-Za-z0-9_.-]{1,100}$/,
    'a repository as owner/name, without a wildcard',
  );

/** What stands in the subject of a token, so no ":" and no wildcard. */
export const refName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_./-]*$/,
    'letters, digits, "_", ".", "/" and "-", without a wildcard',
  )
  .max(200);

export const audience = z
  .string()
  .regex(/^[A-Za-z0-9._~:/-]{1,200}$/, 'an audience: a URL or a name, without spaces');

export const workflowRun = z.union(
  [
    z.strictObject({ environment: refName.describe('a GitHub environment') }),
    z.strictObject({ branch: refName.describe('a branch') }),
    z.strictObject({ tag: refName.describe('a tag') }),
  ],
  {
    error:
      'not exactly one thing -> write `environment: <name>`, `branch: <name>` or `tag: <name>`',
  },
);
export type WorkflowRun = z.infer<typeof workflowRun>;

export const githubId = (how: string, what: string) =>
  z
    .string()
    .regex(/^[1-9][0-9]{0,19}$/, `digits in quotes, as ${how} prints them`)
    .describe(what);

/** Runs of GitHub Actions that are one of the program's own identities which may only read. */
export const workflows = z
  .strictObject({
    issuer: httpsUrl
      .default('https://token.actions.githubusercontent.com')
      .describe('who signs the tokens of runs; OpenBao asks it for its keys'),
    audience: audience
      .optional()
      .describe(
        'audience of the token; default: the URL of OpenBao, so that it is for nobody else',
      ),
    repository: repository.describe('repository whose runs log in, as owner/name'),
    repositoryId: githubId(
      '`gh api repos/OWNER/NAME --jq .id`',
      'its id at GitHub: a name that is given up can be taken by others, an id cannot',
    ),
    ownerId: githubId('`gh api repos/OWNER/NAME --jq .owner.id`', 'the id of its owner'),
    immutableSubject: z
      .boolean()
      .default(true)
      .describe(
        'ids stand in the subject of its tokens, as they do for every repository made since July 2026; `gh api repos/OWNER/NAME/actions/oidc/customization/sub` tells',
      ),
    plan: workflowRun
      .optional()
      .describe('which runs are terraform-plan: one environment, branch or tag, exactly'),
    auditor: workflowRun.optional().describe('which runs are the auditor, for `backbone drift`'),
    ttl: seconds.prefault('15m').describe('life of the token in OpenBao'),
  })
  .describe(
    'runs of GitHub Actions that plan or look for drift, from the addresses of that identity: no secret is stored at GitHub',
  );
