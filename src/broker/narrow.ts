import type { GithubBrokerContract, GithubContextContract } from '../contract/contract.ts';
import { Refusal } from './refusal.ts';

/** What a token is asked for. */
export interface Wanted {
  readonly context: string;
  /** Names without owner. @default - those of the context */
  readonly repositories?: readonly string[] | undefined;
  /** @default - those of the context */
  readonly permissions?: Readonly<Record<string, string>> | undefined;
}

/** What a token will be, exactly. Both are never empty: GitHub would read that as everything. */
export interface Scope {
  readonly account: string;
  readonly installation: number;
  readonly repositories: readonly string[];
  readonly permissions: Readonly<Record<string, string>>;
}

const levels = ['read', 'write'];

/** Whether all of `wanted` is in `granted`. */
export function permits(
  granted: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(wanted).every(([name, level]) => {
    const most = Object.hasOwn(granted, name) ? granted[name] : undefined;
    return (
      most !== undefined && levels.includes(level) && levels.indexOf(level) <= levels.indexOf(most)
    );
  });
}

/**
 * A context that this consumer is granted.
 *
 * @throws Refusal  it is not, or there is none of that name: the caller is not told which
 */
export function grantedContext(
  { consumers, contexts }: Pick<GithubBrokerContract, 'consumers' | 'contexts'>,
  consumer: string,
  name: string,
): GithubContextContract {
  const own = Object.hasOwn(consumers, consumer) ? consumers[consumer] : undefined;
  const context =
    own?.contexts.includes(name) === true && Object.hasOwn(contexts, name)
      ? contexts[name]
      : undefined;
  if (context === undefined) {
    throw new Refusal(403, 'context', `the context "${name}" is not granted to ${consumer}`);
  }
  return context;
}

/** @throws Refusal  more is wanted than the context allows, or nothing */
export function narrow(
  contract: Pick<GithubBrokerContract, 'consumers' | 'contexts' | 'accounts'>,
  consumer: string,
  wanted: Wanted,
): Scope {
  const context = grantedContext(contract, consumer, wanted.context);
  const permissions = wanted.permissions ?? context.permissions;
  if (Object.keys(context.permissions).length === 0) {
    throw new Refusal(403, 'no-token', `the context "${wanted.context}" is for verbs alone`);
  }
  if (Object.keys(permissions).length === 0) {
    throw new Refusal(400, 'empty', 'permissions is empty, which GitHub would read as all of them');
  }
  // Every token may read metadata, so to ask for it is no more.
  if (!permits({ metadata: 'read', ...context.permissions }, permissions)) {
    throw new Refusal(403, 'permissions', 'the context does not allow these permissions');
  }
  return {
    ...installationOf(contract, context),
    repositories: within(context, wanted.repositories ?? context.repositories),
    permissions,
  };
}

/** @throws Refusal  a bug of the contract, which was checked */
export function installationOf(
  { accounts }: Pick<GithubBrokerContract, 'accounts'>,
  { account }: GithubContextContract,
): Pick<Scope, 'account' | 'installation'> & { readonly kind: 'organization' | 'user' } {
  const found = Object.hasOwn(accounts, account) ? accounts[account] : undefined;
  if (found === undefined) {
    throw new Refusal(500, 'account', `the App is not declared to be installed at ${account}`);
  }
  return { account, ...found };
}

/** @throws Refusal  one is not of the context, or there is none */
export function within(
  { repositories: allowed }: GithubContextContract,
  wanted: readonly string[],
): readonly string[] {
  if (wanted.length === 0) {
    throw new Refusal(
      400,
      'empty',
      'repositories is empty, which GitHub would read as all of them',
    );
  }
  const found = wanted.map((name) =>
    allowed.find((one) => one.toLowerCase() === name.toLowerCase()),
  );
  const names = found.filter((one) => one !== undefined);
  if (names.length < wanted.length) {
    throw new Refusal(403, 'repositories', 'the context does not hold these repositories');
  }
  return [...new Set(names)];
}
