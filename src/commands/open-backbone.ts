import { connectionFromEnv } from '../client/connection.ts';
import type { Connection } from '../client/openbao.ts';
import { declarationFile, loadDeclaration } from '../config/load.ts';
import { resolveBackbone, type Backbone } from '../model/backbone.ts';
import { UserError } from '../user-error.ts';

/**
 * The declared backbone, where it is declared, and a connection to its OpenBao with the token of the environment.
 *
 * @param otherwise  a token where the environment has none; whoever gives it gives it up
 * @throws UserError  there is none, or the declaration was refused
 */
export async function openBackbone(
  file: string | undefined,
  otherwise?: (backbone: Backbone, connection: Connection) => Promise<string | undefined>,
): Promise<{
  readonly backbone: Backbone;
  readonly directory: string;
  readonly connection: Connection;
}> {
  const { declaration, directory } = await loadDeclaration(file ?? declarationFile(process.env));
  const backbone = resolveBackbone(declaration);
  const connection = await connectionFromEnv(process.env, backbone.openbaoAddress);
  const token = connection.token ?? (await otherwise?.(backbone, connection));
  if (token === undefined) {
    throw new UserError('no OpenBao token: log in as an operator and set BAO_TOKEN or VAULT_TOKEN');
  }
  return { backbone, directory, connection: { ...connection, token } };
}
