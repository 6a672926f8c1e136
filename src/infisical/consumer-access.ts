import { UserError } from '../user-error.ts';
import type { InfisicalConnection } from './api.ts';
import { LivingAccess } from './living-access.ts';
import type { UniversalLogin } from './login.ts';
import { readSecrets } from './secrets.ts';

/** What a consumer has for Infisical: where it is, its login from OpenBao's KV, its grants. No default. */
export interface ConsumerLogin {
  /** Base URL without a slash at the end; PEM of its CA; source address of a host that has several. */
  readonly place: Omit<InfisicalConnection, 'token'>;
  /** As it stands in KV then: asked for each login. */
  readonly login: () => Promise<UniversalLogin>;
  readonly projectId: string;
  readonly grants: readonly { readonly environment: string; readonly path: string }[];
}

/** Access for one start of a program. */
export interface ConsumerAccess {
  readonly token: LivingAccess;
  /**
   * What Infisical's own tools read, for `infisical run --projectId=$INFISICAL_PROJECT_ID --env=... --
   * path=... -- cmd`: the first token, of minutes, instead of the client secret.
   */
  readonly variables: Readonly<
    Record<
      'INFISICAL_TOKEN' | 'INFISICAL_PROJECT_ID' | 'INFISICAL_DOMAIN' | 'INFISICAL_API_URL',
      string
    >
  >;
  /** Every secret of the granted folders as a variable: what `infisical run` would set, byte for byte. */
  readonly environment: () => Promise<Readonly<Record<string, string>>>;
}

/**
 * Logs a consumer in: one use of its client secret.
 *
 * @throws InfisicalError  refused: expired, used up, or from another address
 */
export async function openConsumerAccess(consumer: ConsumerLogin): Promise<ConsumerAccess> {
  const { place, login, projectId, grants } = consumer;
  const token = await LivingAccess.open(place, login);
  return {
    token,
    variables: {
      INFISICAL_TOKEN: token.connection.token,
      INFISICAL_PROJECT_ID: projectId,
      // The CLI reads both, by version; one of them with /api.
      INFISICAL_DOMAIN: place.siteUrl,
      INFISICAL_API_URL: `${place.siteUrl}/api`,
    },
    environment: async () => {
      const variables = new Map<string, string>();
      for (const grant of grants) {
        for (const [name, value] of await readSecrets(token.connection, { projectId, ...grant })) {
          const there = variables.get(name);
          if (there !== undefined && there !== value) {
            throw new UserError(
              `${name} has different values in two granted folders; ask for one folder alone`,
            );
          }
          if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || value.includes('\0')) {
            throw new UserError(`${grant.path} holds a secret that can be no environment variable`);
          }
          variables.set(name, value);
        }
      }
      return Object.fromEntries(variables);
    },
  };
}
