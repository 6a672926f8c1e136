import { existsSync } from 'node:fs';
import { UserError } from '../user-error.ts';

/**
 * Environment for Terraform: the caller's, with OpenBao's variable names also under the names that the
 * `vault` provider reads, and without questions or calls home.
 * Left out is what would send the token elsewhere, as the provider's client obeys it even where the
 * configuration says otherwise: VAULT_SKIP_VERIFY and VAULT_AGENT_ADDR (HashiCorp Vault, api/client.go).
 *
 * @throws UserError  TF_CLI_CONFIG_FILE names a file that does not exist: Terraform would only warn and
 *   then look for providers elsewhere
 */
export function terraformEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  const configuration = env['TF_CLI_CONFIG_FILE'];
  if (configuration !== undefined && !existsSync(configuration)) {
    throw new UserError(
      `TF_CLI_CONFIG_FILE names ${configuration}, which does not exist; unset it or make the file`,
    );
  }
  return {
    ...Object.fromEntries(
      Object.entries(env).filter(
        (entry): entry is [string, string] =>
          entry[1] !== undefined && !overriding.includes(entry[0]),
      ),
    ),
    ...asVault(env, 'ADDR'),
    ...asVault(env, 'TOKEN'),
    ...asVault(env, 'CACERT'),
    CHECKPOINT_DISABLE: '1',
    TF_IN_AUTOMATION: '1',
    TF_INPUT: '0',
  };
}

const overriding: readonly string[] = ['VAULT_SKIP_VERIFY', 'VAULT_AGENT_ADDR'];

function asVault(env: NodeJS.ProcessEnv, name: string): Record<string, string> {
  const value = env[`BAO_${name}`];
  return value === undefined || value === '' ? {} : { [`VAULT_${name}`]: value };
}
