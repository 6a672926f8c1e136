import type { RotationContract } from '../contract/contract.ts';
import { UserError } from '../user-error.ts';
import { readHealth, whoAmI } from './private-api.ts';
import { ControllerError } from './transport.ts';
import { signIn, signOut, withKey, type Controller, type Session } from './session.ts';

/** Fields of a secret, as they stand in KV. */
export type Fields = Readonly<Record<string, string>>;

/** @throws UserError  names the field, never what stands in it */
export function field(fields: Fields, name: string, where: string): string {
  const value = fields[name];
  if (value === undefined || value === '') {
    throw new UserError(`${where} has no field ${name}: write it with \`backbone secret put\``);
  }
  return value;
}

/** A session by the credential that these fields hold; undefined where it is not accepted. */
export async function sessionOf(
  controller: Controller,
  { account, data, admin }: RotationContract,
  fields: Fields,
): Promise<Session | undefined> {
  if (account === 'api-key') return withKey(controller, field(fields, 'api_key', data));
  const username = field(fields, 'username', data);
  if (username !== admin) {
    throw new UserError(
      `${data} holds another username than the declared admin ${admin}: correct one of them first`,
    );
  }
  return signIn(controller, username, field(fields, 'password', data));
}

/**
 * Tries a credential as its consumer does: it is accepted, is the declared admin's, and reads the site.
 *
 * @returns false where the controller does not accept it
 * @throws ControllerError | ChangedApi  it could not be tried
 */
export async function works(
  controller: Controller,
  rotation: RotationContract,
  fields: Fields,
): Promise<boolean> {
  const session = await sessionOf(controller, rotation, fields);
  if (session === undefined) return false;
  try {
    const name = await whoAmI(session);
    if (name === undefined) return false;
    if (name !== rotation.admin) {
      throw new UserError(
        `the credential of ${rotation.data} is that of another account than ${rotation.admin}`,
      );
    }
    await readHealth(session);
    return true;
  } catch (error) {
    // It ended between the two looks.
    if (error instanceof ControllerError && error.status === 401) return false;
    throw error;
  } finally {
    if (rotation.account === 'password') await signOut(session);
  }
}
