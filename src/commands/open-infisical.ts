import { fromEnv } from '../client/connection.ts';
import { declarationFile, loadDeclaration } from '../config/load.ts';
import type { InfisicalConnection } from '../infisical/api.ts';
import { logIn, logOut } from '../infisical/login.ts';
import { resolveBackbone, type Backbone } from '../model/backbone.ts';
import type { Infisical } from '../model/infisical.ts';
import { UserError } from '../user-error.ts';
import { infisicalCaOf } from './contract-cas.ts';

export interface OpenInfisical {
  readonly backbone: Backbone;
  readonly infisical: Infisical;
  readonly connection: InfisicalConnection;
}

const notDeclared = 'Infisical is not declared: infisical.enabled is false';

/**
 * Hands the declared Infisical to `work`, as {@link logInToInfisical} does. A token that was made for it is given
 * up afterwards.
 *
 * @throws UserError  Infisical is not declared, nobody is named, or it refused
 */
export async function withInfisical<T>(
  file: string | undefined,
  work: (open: OpenInfisical) => Promise<T>,
): Promise<T> {
  const { declaration, directory } = await loadDeclaration(file ?? declarationFile(process.env));
  const backbone = resolveBackbone(declaration, directory);
  const { infisical } = backbone;
  if (infisical === undefined) throw new UserError(notDeclared);
  const { connection, close } = await logInToInfisical(backbone, directory);
  try {
    return await work({ backbone, infisical, connection });
  } finally {
    await close();
  }
}

/**
 * A login as whoever INFISICAL_UNIVERSAL_AUTH_CLIENT_ID and _SECRET name, or the access token in INFISICAL_TOKEN.
 *
 * @param directory  of the declaration
 * @throws UserError  Infisical is not declared, nobody is named, or it refused
 */
export async function logInToInfisical(
  { declaration, infisical }: Backbone,
  directory: string,
): Promise<{ readonly connection: InfisicalConnection; readonly close: () => Promise<void> }> {
  if (infisical === undefined) throw new UserError(notDeclared);
  const ca = await infisicalCaOf(declaration, directory);
  const anonymous = { siteUrl: infisical.siteUrl, ca, token: undefined };
  const clientId = fromEnv(process.env, 'INFISICAL_UNIVERSAL_AUTH_CLIENT_ID');
  const clientSecret = fromEnv(process.env, 'INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET');
  if (clientId === undefined || clientSecret === undefined) {
    const token = fromEnv(process.env, 'INFISICAL_TOKEN');
    if (token === undefined) {
      throw new UserError(
        'nobody to ask Infisical as: set INFISICAL_UNIVERSAL_AUTH_CLIENT_ID and ' +
          'INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET (for the lab: eval "$(npx backbone lab env)")',
      );
    }
    return { connection: { ...anonymous, token }, close: () => Promise.resolve() };
  }
  const { token } = await logIn(anonymous, { clientId, clientSecret });
  const connection = { ...anonymous, token };
  // It ends by itself, too.
  return { connection, close: () => logOut(connection).catch(() => undefined) };
}
