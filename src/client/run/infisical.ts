import type { Contract } from '../../contract/contract.ts';
import { openConsumerAccess } from '../../infisical/consumer-access.ts';
import { UserError } from '../../user-error.ts';
import type { OwnConsumer } from '../certificate/consumer.ts';
import type { Connection } from '../openbao.ts';
import type { Values } from './values.ts';

/** `token`: an access token of minutes, for Infisical's own tools; `env`: the granted secrets themselves. */
export const infisicalUses = ['token', 'env', 'off'] as const;
export type InfisicalUse = (typeof infisicalUses)[number];

/** What the child gets of Infisical. */
export interface OfferedInfisical {
  readonly variables: Readonly<Record<string, string>>;
  /** Gives the access token up. Never throws: the token ends by itself, too. */
  readonly end: () => Promise<void>;
}

const nothing: OfferedInfisical = { variables: {}, end: () => Promise.resolve() };

/**
 * Logs the consumer in at Infisical with what OpenBao keeps for it: one use of its client secret. With `env` the
 * access token has been given up before this returns.
 *
 * @param taken  variables that the child has already
 * @throws UserError  refused, no login issued yet, or a variable that another grant wants as well
 */
export async function offerInfisical(
  { infisical }: Pick<OwnConsumer, 'infisical'>,
  values: Pick<Values, 'of'>,
  taken: Values['environment'],
  { localAddress }: Pick<Connection, 'localAddress'>,
  use: InfisicalUse,
): Promise<OfferedInfisical> {
  if (infisical === undefined || use === 'off') return nothing;
  const { siteUrl, caCertificate, login, grants } = infisical;
  const access = await openConsumerAccess({
    place: {
      siteUrl,
      ca: caCertificate,
      ...(localAddress === undefined ? {} : { localAddress }),
    },
    clientId: values.of(login.secret, login.clientId),
    clientSecret: values.of(login.secret, login.clientSecret),
    projectId: values.of(login.secret, login.projectId),
    grants,
  });
  const end = () => access.close().catch(() => undefined);
  if (use === 'token') return { variables: access.variables, end };
  try {
    const variables = await access.environment();
    const twice = Object.keys(variables).find((name) => Object.hasOwn(taken, name));
    if (twice !== undefined) {
      throw new UserError(
        `Infisical and a secret in OpenBao want the variable ${twice}: rename one of them`,
      );
    }
    return { variables, end: nothing.end };
  } finally {
    await end();
  }
}

/** The values without the login for Infisical, which is for this program alone: the child gets what it opens. */
export function withoutLogin(
  { infisical }: Pick<OwnConsumer, 'infisical'>,
  { secrets }: Pick<Contract, 'secrets'>,
  environment: Values['environment'],
): Values['environment'] {
  if (infisical === undefined) return environment;
  const kept = new Set(Object.values(secrets[infisical.login.secret]?.variables ?? {}));
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !kept.has(name)));
}
