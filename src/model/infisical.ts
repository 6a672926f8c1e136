import type { Cidr, Name, Seconds, SecretPath } from '../config/brands.ts';
import type { Declaration } from '../config/declaration.ts';
import type { EnvironmentSlug, FolderPath, InfisicalDeclaration } from '../config/infisical.ts';
import { sources } from './consumer.ts';
import type { FirewallRule } from './firewall.ts';
import { githubIdentityName, kvPaths } from './names.ts';
import { workflowSubject } from './workflows.ts';

/** Everything that stands for Infisical on both sides: what the stack makes and what commands look for. */
export interface Infisical {
  /** Base URL, without a slash at the end. */
  readonly siteUrl: string;
  readonly organizationId: string;
  readonly plan: 'free' | 'pro';
  readonly project: InfisicalDeclaration['project'];
  /** Positions count from 1: the provider cannot change an environment at position 0. */
  readonly environments: readonly {
    readonly slug: EnvironmentSlug;
    readonly name: string;
    readonly position: number;
  }[];
  /** Those above come before those below. */
  readonly folders: readonly Folder[];
  readonly identities: readonly MachineIdentity[];
  readonly githubIdentities: readonly GithubIdentity[];
  readonly syncs: readonly GithubSync[];
  /** What may reach Infisical; with the plan `free` the only thing that binds a login to an address. */
  readonly firewall: readonly FirewallRule[];
}

export interface Folder {
  readonly environment: EnvironmentSlug;
  /** Folder that it lies in; `/` at the top. */
  readonly parent: string;
  readonly name: string;
  readonly path: string;
  readonly description: string;
}

export interface FolderGrant {
  readonly environment: EnvironmentSlug;
  readonly path: FolderPath;
}

export interface AccessTokenLimits {
  readonly ttl: Seconds;
  readonly maxTtl: Seconds;
  readonly numUses: number;
}

interface Identity {
  /** Name of the identity in Infisical. */
  readonly name: string;
  readonly grants: readonly FolderGrant[];
  readonly accessToken: AccessTokenLimits;
}

/** A consumer's identity. */
export interface MachineIdentity extends Identity {
  readonly consumer: Name;
  readonly clientSecret: { readonly ttl: Seconds; readonly numUses: number };
  /** What the server checks; `anywhere` is the one value that a free server takes. */
  readonly trustedIps: readonly string[];
  /** KV secret that keeps its login, */
  readonly secret: SecretPath;
  /** and the paths of it. */
  readonly login: ReturnType<typeof kvPaths>;
}

/** An identity of GitHub Actions: a run proves by GitHub's token that it is that of repository and subject. */
export interface GithubIdentity extends Identity {
  /** e.g. `repo:owner/name:environment:production`. */
  readonly subject: string;
  readonly audience: string;
}

export interface GithubSync {
  readonly name: Name;
  readonly connectionId: string;
  readonly owner: string;
  readonly repository: string;
  readonly githubEnvironment: string | undefined;
  readonly source: FolderGrant;
  readonly keySchema: string | undefined;
}

/** Every address, IPv4 and IPv6. */
export const anywhere: readonly string[] = ['0.0.0.0/0', '::/0'];

/** @returns undefined where Infisical is not declared, or switched off */
export function resolveInfisical({
  infisical,
  consumers,
}: Pick<Declaration, 'infisical' | 'consumers'>): Infisical | undefined {
  if (!infisical.enabled) return undefined;
  const consumerOf = (name: string) => {
    const consumer = Object.entries(consumers).find(([key]) => key === name)?.[1];
    if (consumer === undefined) throw new Error(`unchecked identity of ${name}`);
    return consumer;
  };
  const identities = byName(
    Object.entries(infisical.identities).map(([key, declared]): MachineIdentity => {
      const consumer = key as Name;
      const from = declared.trustedIps ?? sources(consumerOf(key));
      return {
        name: consumer,
        consumer,
        grants: declared.grants,
        accessToken: declared.accessToken,
        clientSecret: declared.clientSecret,
        trustedIps: infisical.plan === 'free' ? anywhere : from,
        secret: declared.secret,
        login: kvPaths(declared.secret),
      };
    }),
  );
  return {
    siteUrl: infisical.siteUrl.replace(/\/+$/, ''),
    organizationId: infisical.organizationId,
    plan: infisical.plan,
    project: infisical.project,
    environments: infisical.environments.map((environment, index) => ({
      ...environment,
      position: index + 1,
    })),
    folders: folders(infisical),
    identities,
    githubIdentities: byName(
      Object.entries(infisical.githubActions).map(([key, declared]) => ({
        name: githubIdentityName(key as Name),
        grants: declared.grants,
        accessToken: declared.accessToken,
        subject: workflowSubject(
          { name: declared.repository, ids: declared.ids },
          declared.subject,
        ),
        audience: declared.audience ?? `https://github.com/${ownerOf(declared.repository)}`,
      })),
    ),
    syncs: byName(
      Object.entries(infisical.githubSyncs).map(([key, declared]) => sync(key as Name, declared)),
    ),
    firewall: firewall(
      infisical.siteUrl,
      identities.flatMap(({ consumer }) => sources(consumerOf(consumer))),
    ),
  };
}

/** Every declared folder in each of its environments, and those above it. */
function folders({ environments, folders: declared }: InfisicalDeclaration): readonly Folder[] {
  const all = environments.map(({ slug }) => slug);
  const found = new Map<string, Folder>();
  for (const [path, { environments: only = all, description = '' }] of Object.entries(declared)) {
    for (const environment of only) {
      const names = path.slice(1).split('/');
      for (const depth of names.keys()) {
        const own = depth === names.length - 1;
        const here = `/${names.slice(0, depth + 1).join('/')}`;
        const key = `${environment} ${here}`;
        if (!own && found.has(key)) continue;
        found.set(key, {
          environment,
          parent: `/${names.slice(0, depth).join('/')}`,
          name: names[depth] ?? '',
          path: here,
          description: own ? description : '',
        });
      }
    }
  }
  const order = ({ environment, path }: Folder) => `${environment} ${path}`;
  return [...found.values()].sort((a, b) => (order(a) < order(b) ? -1 : 1));
}

function sync(name: Name, declared: InfisicalDeclaration['githubSyncs'][Name]): GithubSync {
  const { connection, repository, githubEnvironment, source, keySchema } = declared;
  return {
    name,
    connectionId: connection,
    owner: ownerOf(repository),
    repository: repository.split('/')[1] ?? '',
    githubEnvironment,
    source,
    keySchema,
  };
}

function ownerOf(repository: string): string {
  return repository.split('/')[0] ?? '';
}

function firewall(siteUrl: string, from: readonly Cidr[]): readonly FirewallRule[] {
  // Pure parsing: the port of an https URL, 443 where it names none.
  const port = Number(/^https:\/\/[^/]*:(\d+)(\/|$)/.exec(siteUrl)?.[1] ?? 443);
  return [...new Set(from)].sort().map((source) => ({ comment: 'Infisical API', port, source }));
}

function byName<T extends { readonly name: string }>(all: readonly T[]): readonly T[] {
  return [...all].sort((a, b) => (a.name < b.name ? -1 : 1));
}
