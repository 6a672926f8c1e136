import type { Contract } from '../../contract/contract.ts';
import { UserError } from '../../user-error.ts';
import { readKv } from '../kv.ts';
import type { Connection } from '../openbao.ts';

/**
 * Fields of secrets as the variables that the contract names for them.
 *
 * @param names  in the contract, e.g. `unifi/tofu`
 * @throws UserError  a secret or a field is not there, two secrets want one variable, or a value cannot be one
 */
export async function secretVariables(
  contract: Contract,
  names: readonly string[],
  connection: Connection,
): Promise<Readonly<Record<string, string>>> {
  const variables: Record<string, string> = {};
  for (const name of names) {
    const secret = secretOf(contract, name);
    const fields = await readKv(connection, secret.path);
    if (fields === undefined) {
      throw new UserError(`${name} has no value yet: \`backbone secret put ${name}\``);
    }
    for (const [field, variable] of Object.entries(secret.variables)) {
      const value = Object.hasOwn(fields, field) ? fields[field] : undefined;
      if (value === undefined) throw new UserError(`${name} has no field ${field}`);
      if (value.includes('\0')) throw new UserError(`${name}: ${field} fits into no variable`);
      if (Object.hasOwn(variables, variable)) {
        throw new UserError(`two of the secrets want ${variable}: ask for them one at a time`);
      }
      variables[variable] = value;
    }
  }
  return variables;
}

/** @throws UserError  the contract has none of that name */
export function secretOf({ secrets }: Contract, name: string) {
  const secret = Object.hasOwn(secrets, name) ? secrets[name] : undefined;
  if (secret !== undefined) return secret;
  const known = Object.keys(secrets).join(', ');
  throw new UserError(
    `the contract has no such secret; ${known === '' ? 'it has none' : `there are: ${known}`}`,
  );
}
