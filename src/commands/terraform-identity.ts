import { becomeAppRole } from '../client/approle.ts';
import { becomeWorkflow, runnerFrom } from '../client/identity/workflow.ts';
import { connectionFromEnv } from '../client/connection.ts';
import type { Connection } from '../client/openbao.ts';
import { lookupSelf, revokeSelf } from '../client/token.ts';
import type { Backbone } from '../model/backbone.ts';
import { approlePaths, mounts } from '../model/names.ts';
import { workflowLogin, type WorkflowIdentity } from '../model/workflows.ts';
import { say } from '../output/terminal.ts';
import { UserError } from '../user-error.ts';

/** Which of Terraform's own identities. */
export type TerraformIdentity = 'terraform-plan' | 'terraform-apply';

/**
 * `bootstrap` is OpenBao's first identity, which Terraform does not manage: to destroy the stack
 * `openbao` takes it, as any other identity would lose its own policy half-way.
 */
export type StackIdentity = TerraformIdentity | 'bootstrap';

/** A token of that identity, by an operator's connection. */
export async function becomeTerraform(
  identity: TerraformIdentity,
  backbone: Backbone,
  connection: Connection,
): Promise<string> {
  const paths = { ...approlePaths(identity), login: `auth/${mounts.approle}/login` };
  const wrapTtl = backbone.declaration.openbao.wrapTtl.min;
  return becomeAppRole(connection, paths, wrapTtl);
}

/**
 * Runs `work` with a token for Terraform in the environment.
 *
 * An operator's token is exchanged for the identity that fits the work, `terraform-plan` (reads
 * configuration) or `terraform-apply`, which is given up afterwards. Any other token is used as it is:
 * that of the CI, or the first identity's before these roles exist. Without one, a run of GitHub Actions that is
 * declared to be `terraform-plan` logs in as that.
 *
 * @throws UserError  no token in the environment, another server there than in the declaration, or the
 *   server refused
 */
export async function asTerraform<T>(
  identity: StackIdentity,
  backbone: Backbone,
  work: (env: NodeJS.ProcessEnv) => Promise<T>,
): Promise<T> {
  const connection = await connectionFromEnv(process.env, backbone.openbaoAddress);
  if (!sameServer(connection.address, backbone.openbaoAddress)) {
    throw new UserError(
      `BAO_ADDR or VAULT_ADDR names ${connection.address}, the declaration ` +
        `${backbone.openbaoAddress}: Terraform speaks to the declared one, and the token of one server ` +
        'must not reach another; unset the variable or correct openbao.address',
    );
  }
  if (connection.token === undefined && identity === 'terraform-plan') {
    const token = await workflowToken('terraform-plan', backbone, connection);
    if (token !== undefined) return lent(identity, { ...connection, token }, work);
  }
  if (connection.token === undefined) {
    throw new UserError(
      'the stacks openbao and engines need a token: log in and set BAO_TOKEN or VAULT_TOKEN ' +
        '(for the lab: eval "$(npx backbone lab env)")',
    );
  }
  const { policies } = await lookupSelf(connection);
  if (identity === 'bootstrap' && !policies.includes('bootstrap')) {
    throw new UserError(
      'this removes the policies of every other identity while they would be used: log in as the ' +
        'first identity, bootstrap (for the lab: eval "$(npx backbone lab env --bootstrap)")',
    );
  }
  if (identity === 'bootstrap' || !policies.includes('operator')) {
    return work({ ...process.env, VAULT_TOKEN: connection.token, BAO_TOKEN: '' });
  }
  const token = await becomeTerraform(identity, backbone, connection);
  return lent(identity, { ...connection, token }, work);
}

/** Works with a token that is given up afterwards, and only shown to Terraform. */
async function lent<T>(
  identity: TerraformIdentity,
  connection: Connection & { readonly token: string },
  work: (env: NodeJS.ProcessEnv) => Promise<T>,
): Promise<T> {
  say(`OpenBao is asked as ${identity}, by a token of this run alone`);
  try {
    return await work({ ...process.env, ...notTheRunners, VAULT_TOKEN: connection.token });
  } finally {
    await revokeSelf(connection).catch(() => {
      say('its token could not be revoked; it expires by itself within an hour');
    });
  }
}

/** With it a provider could ask for more tokens of the job. */
const notTheRunners = {
  BAO_TOKEN: '',
  ACTIONS_ID_TOKEN_REQUEST_URL: undefined,
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: undefined,
} as const;

/**
 * A token for this run of GitHub Actions, where the declaration lets one be that identity.
 *
 * @returns undefined where this is none, or none is declared
 */
export async function workflowToken(
  identity: WorkflowIdentity,
  { workflows }: Backbone,
  connection: Connection,
): Promise<string | undefined> {
  const runner = runnerFrom(process.env);
  if (runner === undefined || workflows === undefined) return undefined;
  if (!workflows.roles.some((role) => role.identity === identity)) return undefined;
  const login = { path: workflowLogin, role: identity, audience: workflows.audience };
  return becomeWorkflow(connection, login, runner);
}

/** Letter case of the host, a default port and slashes at the end make no other server. */
function sameServer(one: string, other: string): boolean {
  const [first, second] = [one, other].map((url) =>
    URL.canParse(url) ? new URL(url).href.replace(/\/+$/, '') : url,
  );
  return first === second;
}
