import type { Connection } from '../client/openbao.ts';
import type { Backbone } from '../model/backbone.ts';
import type { Consumer } from '../model/consumer.ts';
import { programIdentities } from '../model/names.ts';
import { UserError } from '../user-error.ts';
import { askCapabilities } from './ask.ts';
import { attempt, isAlive, shortOf } from './attempt.ts';
import { consumerAttempts } from './attempts/consumer.ts';
import { officialAttempts, type Official } from './attempts/program.ts';
import type { Question, Tried } from './case.ts';
import { cleanUpAfterOthers, endAll } from './give-up.ts';
import { giveUp, Officials, requireOperator } from './officials.ts';
import { Remains, type Remain } from './remains.ts';
import { Gone, Interrupted, Results } from './results.ts';
import { become, type Means, type Subject } from './subject.ts';
import { tryAws } from './try-aws.ts';
import { tryCertificate } from './try-certificate.ts';
import { tryExpiry } from './try-expiry.ts';
import { tryInfisical } from './try-infisical.ts';
import { tryLogin, tryTokenElsewhere } from './try-login.ts';

export interface Verification {
  readonly backbone: Backbone;
  /** With an operator's token. */
  readonly connection: Connection;
  readonly infisicalCa: string | undefined;
  /** Where remains of runs are noted. */
  readonly state: string;
  readonly progress: (line: string) => void;
  /** Aborted: nothing more is tried, and all that was made is given up. */
  readonly signal: AbortSignal;
}

export interface Verified {
  readonly tried: readonly Tried[];
  /** What this run or one before it made and could not give up. */
  readonly left: readonly Remain[];
  readonly interrupted: boolean;
}

/**
 * Tries against the deployed backbone what must work and what must not. Whatever it makes for that is given
 * up before it returns, or listed.
 *
 * @throws UserError  no operator's token, or no answer before the first try
 */
export async function verify(input: Verification): Promise<Verified> {
  const { backbone, connection, state, progress, signal } = input;
  await requireOperator(connection);
  const remains = new Remains(state, connection.address);
  const officials = new Officials(backbone, connection, remains);
  const results = new Results(progress, signal);
  const means = { backbone, officials, remains };
  const left: Remain[] = [];
  let interrupted = false;
  try {
    left.push(...(await cleanUpAfterOthers(state, backbone, officials, progress)));
    await tryOfficials(means, results);
    for (const consumer of backbone.consumers) await tryConsumer(input, means, consumer, results);
    const [first] = backbone.consumers;
    if (first !== undefined) {
      results.part('a token after its end');
      await tryExpiry(means, first, results);
    }
  } catch (error) {
    if (error instanceof Interrupted) interrupted = true;
    else if (error instanceof UserError || error instanceof Gone) {
      results.couldNot(theRest('the server'), shortOf(error));
    } else throw error;
  } finally {
    left.push(...(await leave(means)));
  }
  return { tried: results.all, left, interrupted };
}

const theRest = (who: string): Question => ({
  ...{ who, kind: 'server', tries: 'everything else', expected: 'allowed' },
});

/** Gives up what is left, by its own token or as a responder. */
async function leave({ backbone, officials, remains }: Means): Promise<readonly Remain[]> {
  const own = new Set<string>(programIdentities);
  const others = remains.left.filter(({ who }) => !own.has(who));
  const still = await endAll(others, backbone, officials).catch((error: unknown) => {
    if (error instanceof UserError) return others;
    throw error;
  });
  for (const { name } of others)
    if (!still.some((one) => one.name === name)) await remains.gone(name);
  await officials.close().catch((error: unknown) => {
    if (!(error instanceof UserError)) throw error;
  });
  return remains.left;
}

async function tryOfficials(means: Means, results: Results): Promise<void> {
  const { backbone, officials } = means;
  const { operator } = officials;
  results.part('operator');
  await tryAll(
    means,
    'operator',
    'own token',
    operator,
    officialAttempts(backbone, 'operator'),
    results,
  );
  for (const identity of programIdentities) {
    results.part(identity);
    const became = await officials.become(identity);
    const attempts = officialAttempts(backbone, identity);
    if (typeof became === 'string') {
      const alive = await isAlive(operator);
      for (const asked of attempts) {
        const question = { who: identity, ...questionOf(asked) };
        if (alive) results.notTried(question, became);
        else results.couldNot(question, became);
      }
      continue;
    }
    await tryAll(means, identity, 'own login', became.connection, attempts, results);
  }
}

type Attempts = ReturnType<typeof officialAttempts>;

function questionOf({ kind, tries, expected }: Attempts[number]): Omit<Question, 'who'> {
  return { kind, tries, expected };
}

async function tryAll(
  means: Means,
  who: Official | Consumer['name'],
  way: string,
  connection: Connection,
  attempts: Attempts,
  results: Results,
): Promise<void> {
  for (const asked of attempts) {
    await results.try({ who, ...questionOf(asked) }, way, async () => {
      const { secretId, ...answer } = await attempt(connection, asked);
      if (secretId !== undefined) await noteSecretId(means, asked.request.path, secretId);
      return answer;
    });
  }
}

/** One of a consumer is destroyed at the end; the program's own end with their wrapping. */
async function noteSecretId(
  { backbone, remains }: Means,
  path: string,
  name: string,
): Promise<void> {
  const consumer = backbone.consumers.find(({ paths }) => paths.secretId === path);
  if (consumer === undefined) return;
  const until = new Date(Date.now() + 24 * 3600 * 1000).toISOString();
  await remains.add({ kind: 'SecretID', name, who: consumer.name, until });
}

/** One that cannot be tried does not keep the others from it. */
async function tryConsumer(
  input: Verification,
  means: Means,
  consumer: Consumer,
  results: Results,
): Promise<void> {
  results.part(consumer.name);
  try {
    const subject = await become(means, consumer);
    if (typeof subject === 'string') {
      results.couldNot({ ...theRest(consumer.name), tries: 'everything' }, subject);
      return;
    }
    await trySubject(input, means, consumer, subject, results);
    await giveUp(subject, means.remains);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    results.couldNot(theRest(consumer.name), shortOf(error));
    if (!(await isAlive(means.officials.operator))) throw error;
  }
}

async function trySubject(
  { infisicalCa }: Verification,
  means: Means,
  consumer: Consumer,
  subject: Subject,
  results: Results,
): Promise<void> {
  const { backbone } = means;
  const { described: way, connection } = subject;
  await tryAll(
    means,
    consumer.name,
    way,
    connection,
    consumerAttempts(backbone, consumer),
    results,
  );
  await askCapabilities(means, consumer, subject, results);
  for (const grant of consumer.grants) {
    const profile = backbone.profiles.find(
      ({ name }) => grant.kind === 'profile' && name === grant.profile,
    );
    if (profile === undefined) continue;
    await tryAws({ who: consumer.name, way, connection }, backbone, profile, results);
  }
  if (backbone.infisical !== undefined) {
    await tryInfisical(backbone.infisical, infisicalCa, consumer, subject, results);
  }
  await tryLogin(means, consumer, results);
  await tryTokenElsewhere(subject, consumer, results);
  await tryCertificate(means, consumer, subject, results);
}
