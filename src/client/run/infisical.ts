import { join } from 'node:path';
import type { Contract } from '../../contract/contract.ts';
import { openConsumerAccess, type ConsumerAccess } from '../../infisical/consumer-access.ts';
import type { LivingAccess } from '../../infisical/living-access.ts';
import { UserError } from '../../user-error.ts';
import type { OwnConsumer } from '../certificate/consumer.ts';
import { writeWhole } from '../certificate/state.ts';
import type { Connection } from '../openbao.ts';
import { pause } from './pause.ts';
import { nextLook, pauseAfter } from './rhythm.ts';
import type { Values } from './values.ts';

/** `token`: an access token of minutes, for Infisical's own tools; `env`: the granted secrets themselves. */
export const infisicalUses = ['token', 'env', 'off'] as const;
export type InfisicalUse = (typeof infisicalUses)[number];

/** What the child gets of Infisical. */
export interface OfferedInfisical {
  readonly variables: Readonly<Record<string, string>>;
  /** Looks after the token until it is told to stop. Never throws: a look that fails is said and tried again. */
  readonly keep: (say: (line: string) => void, stop: AbortSignal) => Promise<void>;
  /** Gives the access token up. Never throws: the token ends by itself, too. */
  readonly end: () => Promise<void>;
}

export interface Offer {
  /** As they are then; another login may have been issued meanwhile. */
  readonly values: () => Promise<Pick<Values, 'of'>>;
  readonly first: Pick<Values, 'of'>;
  /** Variables that the child has already. */
  readonly taken: Values['environment'];
  readonly connection: Pick<Connection, 'localAddress'>;
  /** Private to this process. */
  readonly directory: string;
  readonly use: InfisicalUse;
}

const nothing: OfferedInfisical = {
  variables: {},
  keep: () => Promise.resolve(),
  end: () => Promise.resolve(),
};

/**
 * Logs the consumer in at Infisical with what OpenBao keeps for it: one use of its client secret. With `env` the
 * access token has been given up before this returns. With `token` it is replaced while the child runs: what stands
 * in the child's environment cannot change, so a file always has the token of the moment.
 *
 * @throws UserError  refused, no login issued yet, or a variable that another grant wants as well
 */
export async function offerInfisical(
  { infisical }: Pick<OwnConsumer, 'infisical'>,
  { values, first, taken, connection: { localAddress }, directory, use }: Offer,
): Promise<OfferedInfisical> {
  if (infisical === undefined || use === 'off') return nothing;
  const { siteUrl, caCertificate, login, grants } = infisical;
  let known: Pick<Values, 'of'> | undefined = first;
  const access = await openConsumerAccess({
    place: {
      siteUrl,
      ca: caCertificate,
      ...(localAddress === undefined ? {} : { localAddress }),
    },
    login: async () => {
      const { of } = known ?? (await values());
      known = undefined;
      return {
        clientId: of(login.secret, login.clientId),
        clientSecret: of(login.secret, login.clientSecret),
      };
    },
    projectId: first.of(login.secret, login.projectId),
    grants,
  });
  const end = () => access.token.close().catch(() => undefined);
  if (use === 'env') {
    try {
      return { ...nothing, variables: await secretsOf(access, taken) };
    } finally {
      await end();
    }
  }
  try {
    return { ...withFile(access, join(directory, 'infisical-token')), end };
  } catch (error) {
    await end();
    throw error;
  }
}

async function secretsOf(access: ConsumerAccess, taken: Values['environment']) {
  const variables = await access.environment();
  const twice = Object.keys(variables).find((name) => Object.hasOwn(taken, name));
  if (twice !== undefined) {
    throw new UserError(
      `Infisical and a secret in OpenBao want the variable ${twice}: rename one of them`,
    );
  }
  return variables;
}

function withFile(
  { token, variables }: ConsumerAccess,
  file: string,
): Pick<OfferedInfisical, 'variables' | 'keep'> {
  const write = () => {
    writeWhole(file, `${token.connection.token}\n`);
  };
  write();
  return {
    variables: { ...variables, INFISICAL_TOKEN_FILE: file },
    keep: (say, stop) => keepAlive(token, write, say, stop),
  };
}

async function keepAlive(
  token: LivingAccess,
  write: () => void,
  say: (line: string) => void,
  stop: AbortSignal,
): Promise<void> {
  for (let failures = 0; ;) {
    const own = nextLook(token.left, Math.random());
    if (await pause(Math.max(own, pauseAfter(failures)), stop)) return;
    try {
      if (await token.tend()) write();
      failures = 0;
    } catch (error) {
      failures += 1;
      say(`the child goes on with its token of Infisical: ${(error as Error).message}`);
    }
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
