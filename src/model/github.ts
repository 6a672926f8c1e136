import type { Address, Cidr, Name, Vmid } from '../config/brands.ts';
import type { Declaration } from '../config/declaration.ts';
import type {
  GithubAccount,
  GithubPermissions,
  GithubVerb,
  RepositoryName,
} from '../config/github.ts';
import { sources } from './consumer.ts';
import { sshRules, type FirewallRule } from './firewall.ts';

/** Everything that stands for GitHub on both sides: what the broker allows and what a client may ask for. */
export interface Github {
  /** Client ID of the App. */
  readonly clientId: string;
  /** Base URLs, without a slash at the end. */
  readonly apiUrl: string;
  readonly webUrl: string;
  readonly accounts: Readonly<Record<string, Installation>>;
  readonly contexts: readonly GithubContext[];
  readonly broker: {
    readonly consumer: Name;
    /** Address and port that it listens on. */
    readonly vmid: Vmid;
    readonly address: Address;
    readonly port: number;
    /** Base URL for consumers, without a slash at the end. */
    readonly url: string;
    readonly creationsPerHour: number;
    readonly tokensPerMinute: number;
  };
  /** What may reach the broker. */
  readonly firewall: readonly FirewallRule[];
}

export interface Installation {
  readonly installation: number;
  readonly kind: 'organization' | 'user';
}

export interface GithubContext {
  readonly name: Name;
  readonly account: GithubAccount;
  readonly repositories: readonly RepositoryName[];
  readonly permissions: GithubPermissions;
  readonly verbs: readonly GithubVerb[];
  /** Who is granted it. */
  readonly consumers: readonly {
    readonly name: Name;
    readonly from: readonly Cidr[];
  }[];
}

/** Port of the broker, where its URL names none. */
export const brokerPort = 8443;

/** @returns undefined where GitHub is not declared, or switched off */
export function resolveGithub({
  github,
  consumers,
}: Pick<Declaration, 'github' | 'consumers'>): Github | undefined {
  if (!github.enabled) return undefined;
  const all = Object.entries(consumers).map(([name, declared]) => ({
    name: name as Name,
    declared,
  }));
  const broker = all.find(({ declared }) => declared.grants.some((grant) => 'broker' in grant));
  if (broker?.declared.kind !== 'lxc') throw new Error('an unchecked GitHub broker');
  const { vmid, address } = broker.declared.container;
  const host = address.includes(':') ? `[${address}]` : address;
  const url = (github.broker.url ?? `https://${host}:${String(brokerPort)}`).replace(/\/+$/, '');
  // Pure parsing: the port of an https URL, 443 where it names none.
  const port = Number(/^https:\/\/[^/]*:(\d+)(\/|$)/.exec(url)?.[1] ?? 443);
  const contexts = Object.entries(github.contexts).map(([key, declared]): GithubContext => {
    const name = key as Name;
    return {
      name,
      account: declared.account,
      repositories: declared.repositories,
      permissions: declared.permissions,
      verbs: declared.verbs,
      consumers: all
        .filter(({ declared: { grants } }) =>
          grants.some((grant) => 'github' in grant && grant.github === name),
        )
        .map((consumer) => ({ name: consumer.name, from: sources(consumer.declared) }))
        .sort(byName),
    };
  });
  return {
    clientId: github.clientId,
    apiUrl: github.apiUrl.replace(/\/+$/, ''),
    webUrl: github.webUrl.replace(/\/+$/, ''),
    accounts: github.accounts,
    contexts: contexts.sort(byName),
    broker: {
      consumer: broker.name,
      vmid,
      address,
      port,
      url,
      creationsPerHour: github.broker.creationsPerHour,
      tokensPerMinute: github.broker.tokensPerMinute,
    },
    firewall: [...firewall(port, contexts), ...sshRules(consumers)],
  };
}

function firewall(port: number, contexts: readonly GithubContext[]): readonly FirewallRule[] {
  const from = contexts.flatMap(({ consumers }) => consumers.flatMap((one) => one.from));
  return [...new Set(from)].sort().map((source) => ({ comment: 'GitHub broker', port, source }));
}

const byName = (a: { readonly name: string }, b: { readonly name: string }) =>
  a.name < b.name ? -1 : 1;
