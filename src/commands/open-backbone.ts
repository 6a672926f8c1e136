import { connectionFromEnv } from '../client/connection.ts';
import type { Connection } from '../client/openbao.ts';
import { declarationFile, loadDeclaration } from '../config/load.ts';
import { resolveBackbone, type Backbone } from '../model/backbone.ts';
import { UserError } from '../user-error.ts';

/** The declared backbone, where it is declared, and a connection to its OpenBao with the token of the environment. */
export async function openBackbone(file: string | undefined): Promise<{
  readonly backbone: Backbone;
  readonly directory: string;
  readonly connection: Connection;
}> {
  const { declaration, directory } = await loadDeclaration(file ?? declarationFile(process.env));
  const backbone = resolveBackbone(declaration);
  const connection = await connectionFromEnv(process.env, backbone.openbaoAddress);
  if (connection.token === undefined) {
    throw new UserError('no OpenBao token: log in as an operator and set BAO_TOKEN or VAULT_TOKEN');
  }
  return { backbone, directory, connection };
}
