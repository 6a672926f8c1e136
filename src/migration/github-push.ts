import { becomeAppRole } from '../client/approle.ts';
import { provingAsker } from '../client/github/asker.ts';
import { askForToken, giveTokenUp, type TokenWish } from '../client/github/broker.ts';
import type { Connection } from '../client/openbao.ts';
import { revokeSelf } from '../client/token.ts';
import { githubContract } from '../model/github-contract.ts';
import type { GithubContext } from '../model/github.ts';
import { approlePaths, mounts } from '../model/names.ts';
import { isRefused, NotTried, obtain, works } from './attempt.ts';
import { pushAndDelete, withWorkingCopy } from './git.ts';
import type { Check, Place } from './row.ts';
import { sourceAmong } from './source-address.ts';

const login = `auth/${mounts.approle}/login`;

/** Whether somebody may push by that context. */
export function isPushed({ permissions, consumers }: GithubContext): boolean {
  return permissions.contents === 'write' && consumers.length > 0;
}

/**
 * As a consumer of the context: lets itself in, gets a token of the broker for one repository, pushes a branch with
 * git and deletes it again; more than its context is refused, and so is the token once it is given up.
 */
export async function tryPush(place: Place, context: GithubContext): Promise<readonly Check[]> {
  const [repository = ''] = context.repositories;
  const full = `${context.account}/${repository}`;
  const entered = await obtain(
    `a consumer of ${context.name} is let in`,
    () => enter(place, context),
    ({ name }) => `as ${name}`,
  );
  if (entered.value === undefined) return [entered.check];
  const { contract, connection } = entered.value;
  const ask = (wish: Omit<TokenWish, 'context'>) =>
    askForToken(contract, provingAsker(connection), { context: context.name, ...wish });
  const checks = [entered.check];
  try {
    const given = await obtain(
      `the broker gives it a token for ${full}`,
      () => ask({ repositories: [repository] }),
      ({ expiresAt }) => `until ${expiresAt}`,
    );
    checks.push(given.check);
    if (given.value !== undefined) {
      checks.push(
        ...(await use(place, given.value.token, `${contract.webUrl}/${full}.git`, () =>
          giveTokenUp(contract, provingAsker(connection), given.value?.token ?? ''),
        )),
      );
    }
    const refusedByBroker = (error: Error) => error.message.includes('broker refused: 403');
    checks.push(
      await isRefused(
        'it is refused a repository that the context does not name',
        refusedByBroker,
        () => ask({ repositories: [`${repository}-of-nobody`.slice(-100)] }),
      ),
      await isRefused(
        'it is refused a permission that the context does not have',
        refusedByBroker,
        () => ask({ repositories: [repository], permissions: { administration: 'write' } }),
      ),
    );
  } finally {
    await revokeSelf(connection).catch(() => undefined);
  }
  return checks;
}

/** A push, and after the token was given up none. */
async function use(
  place: Place,
  token: string,
  url: string,
  giveUp: () => Promise<void>,
): Promise<readonly Check[]> {
  return withWorkingCopy(place.githubCas.api, async (copy) => [
    await works('git pushes a branch with it, and deletes it again', () =>
      pushAndDelete(copy, url, { token }),
    ),
    await works('the token is given up', async () => {
      await giveUp();
      return 'at GitHub, by the broker';
    }),
    await isRefused(
      'git pushes with it no more',
      (error) => /Authentication failed|Invalid username or token/.test(error.message),
      () => pushAndDelete(copy, url, { token }),
    ),
  ]);
}

/** By the issuer, as a launcher does, and from an address of the consumer: both have to be this machine's. */
async function enter({ backbone, connection, githubCas }: Place, context: GithubContext) {
  const { identities, wrapTtl } = backbone.declaration.openbao;
  const issuerSource = await sourceAmong(identities.issuer.from);
  if (issuerSource === undefined) {
    throw new NotTried(
      'this machine has no address of the issuer: run it where consumers are started',
    );
  }
  const { consumer, source } = await consumerHere(backbone.consumers, context);
  const { github: contract } = githubContract(backbone, consumer, githubCas);
  if (contract === undefined) throw new Error(`${consumer.name} is granted nothing of GitHub`);
  const at = (localAddress: string): Connection => ({ ...connection, localAddress });
  const issuerRole = { ...approlePaths('secret-id-issuer'), login };
  const role = { ...approlePaths(consumer.name), login };
  const issuer = {
    ...at(issuerSource),
    token: await becomeAppRole(at(issuerSource), issuerRole, wrapTtl.min),
  };
  try {
    const there = { ...at(source), token: undefined };
    const token = await becomeAppRole(issuer, role, wrapTtl.min, there);
    return { name: consumer.name, contract, connection: { ...there, token } };
  } finally {
    await revokeSelf(issuer).catch(() => undefined);
  }
}

/** One without a certificate of its own where there is: nothing of its host is touched. */
async function consumerHere(consumers: Place['backbone']['consumers'], context: GithubContext) {
  const granted = consumers
    .filter(({ name }) => context.consumers.some((one) => one.name === name))
    .sort((one, other) => Number(one.kind === 'lxc') - Number(other.kind === 'lxc'));
  for (const consumer of granted) {
    const source = await sourceAmong(consumer.from);
    if (source !== undefined) return { consumer, source };
  }
  const names = granted.map(({ name }) => name).join(', ');
  throw new NotTried(`this machine has no address of ${names}: run it on a host that has one`);
}
