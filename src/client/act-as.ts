import type { Contract } from '../contract/contract.ts';
import { UserError } from '../user-error.ts';
import { becomeAppRole } from './approle.ts';
import { connectionOf } from './connection.ts';
import { findIdentity } from './identity/find.ts';
import { ownToken } from './identity/login.ts';
import type { OpenIdentity } from './identity/source.ts';
import { lookupSelf } from './token.ts';

/** The program's identities that this client knows how to be. */
export type ProgramIdentity = keyof NonNullable<Contract['identities']>;

/**
 * A connection as one of the program's identities: with a token that has its policy, or, for an operator, with
 * one that the operator's hands out for this use alone.
 *
 * @throws UserError  this machine is neither, or the server refused
 */
export async function actAs(
  identity: ProgramIdentity,
  contract: Contract,
  env: NodeJS.ProcessEnv,
): Promise<OpenIdentity> {
  const paths = contract.identities?.[identity];
  if (paths === undefined) {
    throw new UserError(
      `the contract of this host is that of a consumer, which cannot be ${identity}: take one that was made ` +
        'without --consumer',
    );
  }
  const found = findIdentity({ env, contract });
  const opened = await found.open(connectionOf(contract, env));
  try {
    const { policies } = await lookupSelf(opened.connection);
    if (policies.includes(identity)) return opened;
    if (!policies.includes('operator')) {
      throw new UserError(
        `${found.described} is neither of ${identity} nor an operator's; its policies: ${policies.join(', ')}`,
      );
    }
    const login = contract.logins.approle;
    const { min, max } = contract.wrapTtl;
    const wrapTtl = Math.min(max, Math.max(min, 60));
    const token = await becomeAppRole(opened.connection, { ...paths, login }, wrapTtl);
    const became = ownToken(opened.connection, token);
    return {
      connection: became.connection,
      close: async () => {
        await became.close();
        await opened.close();
      },
    };
  } catch (error) {
    await opened.close();
    throw error;
  }
}
