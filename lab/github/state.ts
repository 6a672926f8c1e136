import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { App } from './app-jwt.ts';

export type Permissions = Readonly<Record<string, string>>;

/** An account where the App is installed. */
export interface Installation {
  readonly id: number;
  readonly account: string;
  readonly kind: 'organization' | 'user';
  /** What its owner has granted to the App. */
  readonly permissions: Permissions;
  suspended: boolean;
}

export interface Repository {
  readonly id: number;
  readonly owner: string;
  readonly name: string;
  readonly private: boolean;
  /** Whether the installation has it; one that it lacks is there all the same. */
  readonly installed: boolean;
  readonly deployKeys: {
    readonly id: number;
    readonly title: string;
    readonly key: string;
    readonly read_only: boolean;
  }[];
  /** Hashes of the values of Actions secrets, by name. */
  readonly secrets: Map<string, string>;
}

/** A token of an installation. The double keeps its hash alone. */
export interface IssuedToken {
  readonly hash: string;
  readonly installation: Installation;
  /** Ids; undefined: all of the installation. */
  readonly repositories: ReadonlySet<number> | undefined;
  readonly permissions: Permissions;
  /** Milliseconds. */
  readonly expires: number;
  revoked: boolean;
}

export interface GithubState {
  readonly app: App;
  readonly installations: Installation[];
  readonly repositories: Repository[];
  readonly tokens: IssuedToken[];
  nextId: number;
}

/** What a double is started with. */
export const place = z.strictObject({
  app: z.strictObject({ id: z.number(), clientId: z.string(), slug: z.string() }),
  publicKeys: z.array(z.string()),
  installations: z.array(
    z.strictObject({
      id: z.number(),
      account: z.string(),
      kind: z.enum(['organization', 'user']),
      permissions: z.record(z.string(), z.string()),
      /** Names; those in `others` exist there, and the App has no access to them. */
      repositories: z.array(z.string()),
      others: z.array(z.string()).default([]),
    }),
  ),
});
export type GithubPlace = z.input<typeof place>;

export function stateOf(given: GithubPlace): GithubState {
  const { app, publicKeys, installations } = place.parse(given);
  const state: GithubState = {
    app: { ...app, publicKeys },
    installations: [],
    repositories: [],
    tokens: [],
    nextId: 1000,
  };
  for (const { repositories, others, ...installation } of installations) {
    state.installations.push({ ...installation, suspended: false });
    for (const name of repositories) addRepository(state, installation.account, name, true);
    for (const name of others) addRepository(state, installation.account, name, false);
  }
  return state;
}

export function addRepository(
  state: GithubState,
  owner: string,
  name: string,
  installed: boolean,
): Repository {
  state.nextId += 1;
  const made = {
    ...{ id: state.nextId, owner, name, private: true, installed },
    deployKeys: [],
    secrets: new Map<string, string>(),
  };
  state.repositories.push(made);
  return made;
}

/** GitHub takes no notice of capitals in names. */
export function findRepository(
  { repositories }: GithubState,
  owner: string,
  name: string,
): Repository | undefined {
  const same = (one: string, other: string) => one.toLowerCase() === other.toLowerCase();
  return repositories.find((one) => same(one.owner, owner) && same(one.name, name));
}

export function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}

/** The repositories that a token reaches. */
export function reachOf({ repositories }: GithubState, token: IssuedToken): readonly Repository[] {
  return repositories.filter(
    ({ id, owner, installed }) =>
      installed && owner === token.installation.account && (token.repositories?.has(id) ?? true),
  );
}
