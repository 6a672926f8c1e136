import type { Github } from '../../src/model/github.ts';
import type { GithubPlace } from './state.ts';

/**
 * GitHub as the declaration speaks of it: the App on each account, with all that its contexts and verbs can need and
 * more, so that what narrows a token is the broker. On each account it also has `sibling`, which no context names.
 */
export function githubPlaceOf({ clientId, accounts, contexts }: Github) {
  const installations = Object.entries(accounts).map(([account, { installation, kind }]) => {
    const named = contexts.filter((one) => one.account === account);
    const repositories = new Set([...named.flatMap((one) => one.repositories), 'sibling']);
    return {
      ...{ id: installation, account, kind, permissions },
      repositories: [...repositories],
      others: [],
    };
  });
  return { app: { id: 4242, clientId, slug: 'backbone-lab' }, installations } satisfies Omit<
    GithubPlace,
    'publicKeys'
  >;
}

const permissions = {
  ...{ metadata: 'read', contents: 'write', issues: 'write', pull_requests: 'write' },
  ...{ administration: 'write', secrets: 'write' },
};
