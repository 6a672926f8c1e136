import type { GithubContract } from '../../contract/contract.ts';
import type { GithubToken } from './broker.ts';

/** What git says of what it wants a credential for (git-credential(1), "INPUT/OUTPUT FORMAT"). */
export type Attributes = Readonly<
  Partial<Record<'protocol' | 'host' | 'path' | 'username' | 'password', string>>
>;

const known = ['protocol', 'host', 'path', 'username', 'password'];

/** Lines of `key=value`, to an empty line. What is not known is left out. */
export function readAttributes(input: string): Attributes {
  const [block = ''] = input.split(/\n\n/, 1);
  return Object.fromEntries(
    block.split('\n').flatMap((line) => {
      const equals = line.indexOf('=');
      const key = line.slice(0, Math.max(equals, 0));
      return known.includes(key) ? [[key, line.slice(equals + 1)]] : [];
    }),
  );
}

/**
 * The context that has the repository which git asks for. Only https, only the declared host, only a path of an owner
 * and a name: for everything else this helper has nothing.
 */
export function contextFor(
  { webUrl, contexts }: Pick<GithubContract, 'webUrl' | 'contexts'>,
  { protocol, host, path }: Attributes,
): { readonly context: string; readonly repository: string } | undefined {
  const base = new URL(webUrl);
  if (protocol !== 'https' || host?.toLowerCase() !== base.host) return undefined;
  const [, owner, name] =
    /^([A-Za-z0-9-]+)\/([A-Za-z0-9_.-]+?)(?:\.git)?\/?$/.exec(path ?? '') ?? [];
  if (owner === undefined || name === undefined) return undefined;
  const same = (one: string, other: string) => one.toLowerCase() === other.toLowerCase();
  for (const [context, { account, repositories, permissions }] of Object.entries(contexts)) {
    const repository = repositories.find((one) => same(one, name));
    if (!same(account, owner) || repository === undefined) continue;
    if (permissions['contents'] !== undefined) return { context, repository };
  }
  return undefined;
}

/** @returns for git: it asks again after `password_expiry_utc` (git-credential(1), from git 2.40 on) */
export function answerFor({ token, expiresAt }: GithubToken): string {
  const expiry = Math.floor(Date.parse(expiresAt) / 1000);
  return `username=x-access-token\npassword=${token}\npassword_expiry_utc=${String(expiry)}\n`;
}
