import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { conclude, tellOf } from '../bootstrap/conclude.ts';
import type { Host } from '../bootstrap/host.ts';
import { VerdictError } from '../bootstrap/verdict.ts';
import { ownConsumer } from '../certificate/consumer.ts';
import { writeWhole } from '../certificate/state.ts';
import { startChild, type Child } from '../child/start.ts';
import { verdicts } from '../verdict.ts';
import { offerProfiles, type OfferedProfiles } from './aws.ts';
import { environmentOf } from './environment.ts';
import { offerGithub, type OfferedGithub } from './github.ts';
import { offerInfisical, withoutLogin, type InfisicalUse } from './infisical.ts';
import { privateDirectory } from './memory.ts';
import { pause } from './pause.ts';
import { nextLook, pauseAfter } from './rhythm.ts';
import { checkTemplates, removeTemplates, writeTemplates, type Template } from './templates.ts';
import { LivingToken } from './token.ts';
import { readValues, type Values } from './values.ts';

/** What a child is started with. */
export interface Start {
  readonly host: Host;
  readonly command: readonly string[];
  readonly templates: readonly Template[];
  /** Sent to the child when a value or the token file changed. @default - none */
  readonly reload?: NodeJS.Signals;
  /** Longest pause between two looks at the values, in seconds. @default - by the life of the token */
  readonly poll?: number;
  readonly withToken: boolean;
  /** What the child gets of Infisical, where its consumer is granted something there. */
  readonly infisical: InfisicalUse;
  /** Whether the child gets GH_TOKEN, where its consumer has one context of GitHub. */
  readonly github: boolean;
  readonly allowDisk: boolean;
}

/**
 * Lets the consumer in, starts the child with what it is granted, and looks after both until the child ends.
 * What was written for it is removed then, and the token given up.
 *
 * @returns exit status of the child (128 and its number for a signal), or of the verdict that kept it from being
 *   started
 */
export async function run(start: Start): Promise<number> {
  const { host, templates, allowDisk } = start;
  checkTemplates(templates, allowDisk);
  const directory = privateDirectory(host.env, allowDisk);
  try {
    const { verdict, session } = await conclude(host);
    if (session === undefined) return verdicts[verdict.name];
    const token = new LivingToken(host, session);
    try {
      return await supervise(start, token, directory);
    } finally {
      await token.revoke();
    }
  } finally {
    removeTemplates(templates);
    rmSync(directory, { recursive: true, force: true });
  }
}

async function supervise(start: Start, token: LivingToken, directory: string): Promise<number> {
  const { host, command, templates, withToken } = start;
  const { contract, env } = host;
  const consumer = ownConsumer(contract);
  const tokenFile = join(directory, 'token');
  const keepToken = () => {
    if (withToken) writeWhole(tokenFile, `${token.value}\n`);
  };
  keepToken();
  const values = await readValues(token.connection, contract, consumer);
  writeTemplates(templates, values.of);
  const own = withoutLogin(consumer, contract, values.environment);
  const infisical = await offerInfisical(consumer, {
    values: () => readValues(token.connection, contract, consumer),
    first: values,
    taken: own,
    connection: token.connection,
    directory,
    use: start.infisical,
  });
  const given = withToken ? { value: token.value, file: tokenFile } : undefined;
  const stop = new AbortController();
  let aws: OfferedProfiles | undefined;
  let github: OfferedGithub | undefined;
  try {
    github = await offerGithub(consumer, host, () => token.connection, start.github);
    const environment = { ...own, ...infisical.variables, ...github.variables };
    aws = await offerProfiles(contract, consumer, env, directory, () => token.connection);
    const child = await startChild(command, environmentOf(env, environment, aws, given));
    const watched = Promise.all([
      watch(start, token, child, { values, keepToken, stop: stop.signal }),
      infisical.keep(host.say, stop.signal),
    ]);
    const status = await child.ended;
    stop.abort();
    await watched;
    return status;
  } finally {
    aws?.end();
    await github?.end();
    await infisical.end();
  }
}

/**
 * Looks after the token and the values until it is told to stop. Never throws: a look that fails is said, and
 * tried again after a pause that grows.
 */
async function watch(
  start: Start,
  token: LivingToken,
  child: Child,
  first: {
    readonly values: Values;
    readonly keepToken: () => void;
    readonly stop: AbortSignal;
  },
): Promise<void> {
  const { say } = start.host;
  let { digest } = first.values;
  for (let failures = 0; ;) {
    const own = nextLook(token.left, Math.random(), start.poll);
    if (await pause(Math.max(own, pauseAfter(failures)), first.stop)) return;
    try {
      digest = await look(start, token, child, digest, first.keepToken);
      failures = 0;
    } catch (error) {
      failures += 1;
      say(`the child goes on with what it has: ${(error as Error).message}`);
      if (error instanceof VerdictError) await tellOf(error.verdict, start.host);
      if (token.left <= 0 && !token.isReplaceable) {
        say('the token has ended: values are looked at no more');
        return;
      }
    }
  }
}

/** @returns digest of the values that the child has now */
async function look(
  { host, templates, reload }: Start,
  token: LivingToken,
  child: Child,
  digest: string,
  keepToken: () => void,
): Promise<string> {
  const replaced = await token.tend();
  if (replaced) keepToken();
  const values = await readValues(token.connection, host.contract, ownConsumer(host.contract));
  const changed = values.digest !== digest;
  if (changed) {
    writeTemplates(templates, values.of);
    const where = templates.length === 0 ? '; the child has the old one in its environment' : '';
    host.say(`a granted value changed${where}`);
  }
  if ((changed || replaced) && reload !== undefined) child.signal(reload);
  return values.digest;
}
