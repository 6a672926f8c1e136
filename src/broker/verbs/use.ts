import type { GithubBrokerContract } from '../../contract/contract.ts';
import type { Caller } from '../caller.ts';
import type { Github } from '../github.ts';
import type { Ledger } from '../ledger.ts';
import type { Mint } from '../mint.ts';
import { grantedContext, installationOf, within } from '../narrow.ts';
import { Refusal } from '../refusal.ts';
import { addDeployKey } from './add-deploy-key.ts';
import { createRepo } from './create-repo.ts';
import { setSecret } from './set-secret.ts';
import type { Verb } from './verb.ts';

/** What verbs work with. */
export interface Workshop {
  readonly contract: GithubBrokerContract;
  readonly mint: Mint;
  readonly github: Github;
  readonly ledger: Ledger;
  /** Told where a token of a verb could not be revoked: it ends by its hour. */
  readonly unrevoked: (verb: string) => void;
}

export interface Used {
  readonly context: string;
  readonly answer: unknown;
  /** Done before, by a request with the same key. */
  readonly repeated: boolean;
}

type UseVerb = (shop: Workshop, caller: Caller, key: string, body: unknown) => Promise<Used>;

/** Every verb that there is. */
export const verbs: ReadonlyMap<string, UseVerb> = new Map([
  [createRepo.name, usable(createRepo)],
  [addDeployKey.name, usable(addDeployKey)],
  [setSecret.name, usable(setSecret)],
]);

function usable<T extends { readonly context: string }>(verb: Verb<T>): UseVerb {
  return async (shop, caller, key, body) => {
    const parsed = verb.schema.safeParse(body);
    if (!parsed.success) {
      // Paths and problems; a value of the request might be a secret.
      const problems = parsed.error.issues.map(
        ({ path, message }) => `${path.join('.') || 'body'}: ${message}`,
      );
      throw new Refusal(400, 'form', problems.join('; '));
    }
    return use(verb, shop, caller, key, parsed.data);
  };
}

async function use<T extends { readonly context: string }>(
  verb: Verb<T>,
  { contract, mint, github, ledger, unrevoked }: Workshop,
  caller: Caller,
  key: string,
  asked: T,
): Promise<Used> {
  const context = grantedContext(contract, caller.name, asked.context);
  if (!context.verbs.includes(verb.name)) {
    throw new Refusal(403, 'verb', `${verb.name} is not allowed in the context ${asked.context}`);
  }
  const { installation } = installationOf(contract, context);
  const repository = verb.repository(asked);
  const repositories = repository === undefined ? undefined : within(context, [repository]);
  const entry = { consumer: caller.name, verb: verb.name, key, asked: verb.remembered(asked) };
  const before = ledger.begin(entry, verb.limited ? contract.creationsPerHour : undefined);
  if (before !== undefined)
    return { context: asked.context, answer: before.answer, repeated: true };
  try {
    const { permissions } = verb;
    const { token } = await mint.make({
      installation,
      permissions,
      ...(repositories === undefined ? {} : { repositories }),
    });
    try {
      const answer = await verb.run({ github, token, context, asked });
      ledger.end(entry, 'done', answer);
      return { context: asked.context, answer, repeated: false };
    } finally {
      await mint.revoke(token).catch(() => {
        unrevoked(verb.name);
      });
    }
  } catch (error) {
    // Without an answer it may have been done: then it stays as begun.
    const lost =
      !(error instanceof Refusal) || ['github-lost', 'github-failing'].includes(error.reason);
    if (!lost) ledger.end(entry, 'failed');
    throw error;
  }
}
