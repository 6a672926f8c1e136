import { becomeAppRole } from '../client/approle.ts';
import { connectionFromEnv } from '../client/connection.ts';
import type { Connection } from '../client/openbao.ts';
import { lookupSelf, revokeSelf } from '../client/token.ts';
import type { Backbone } from '../model/backbone.ts';
import { approlePaths, mounts } from '../model/names.ts';
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
 * that of the CI, or the first identity's before these roles exist.
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
  say(`OpenBao is asked as ${identity}, by a token of this run alone`);
  try {
    return await work({ ...process.env, VAULT_TOKEN: token, BAO_TOKEN: '' });
  } finally {
    await revokeSelf({ ...connection, token }).catch(() => {
      say('its token could not be revoked; it expires by itself within 30 minutes');
    });
  }
}

/** Letter case of the host, a default port and slashes at the end make no other server. */
function sameServer(one: string, other: string): boolean {
  const [first, second] = [one, other].map((url) =>
    URL.canParse(url) ? new URL(url).href.replace(/\/+$/, '') : url,
  );
  return first === second;
}
