import type { OwnConsumer } from '../certificate/consumer.ts';
import type { Host } from '../bootstrap/host.ts';
import { certifiedAsker, provingAsker } from '../github/asker.ts';
import { askForToken, giveTokenUp } from '../github/broker.ts';
import type { Connection } from '../openbao.ts';

/** What the child gets of GitHub. */
export interface OfferedGithub {
  /** GH_TOKEN, which `gh` and many others read. */
  readonly variables: Readonly<Record<string, string>>;
  /** Gives the token up. Never throws: it ends by its hour, too. */
  readonly end: () => Promise<void>;
}

const nothing: OfferedGithub = { variables: {}, end: () => Promise.resolve() };

/**
 * A token of the one context that the consumer has for tokens. It lives for an hour and is not replaced in the child's
 * environment: what runs for longer asks `backbone git-credential` or `backbone github token` itself. With more than one context there is
 * none, as nobody says which.
 *
 * @throws UserError  the broker refused, or did not answer
 */
export async function offerGithub(
  { github }: Pick<OwnConsumer, 'github'>,
  { contract, env }: Pick<Host, 'contract' | 'env'>,
  connection: () => Connection,
  wanted: boolean,
): Promise<OfferedGithub> {
  const contexts = Object.entries(github?.contexts ?? {}).filter(
    ([, { permissions }]) => Object.keys(permissions).length > 0,
  );
  const [first, ...others] = contexts;
  if (!wanted || github === undefined || first === undefined || others.length > 0) return nothing;
  const asker = () => certifiedAsker(contract, env) ?? provingAsker(connection());
  const { token } = await askForToken(github, asker(), { context: first[0] });
  return {
    variables: { GH_TOKEN: token },
    end: () => giveTokenUp(github, asker(), token).catch(() => undefined),
  };
}
