import type { ConsumerContract, Contract, GithubContextContract } from '../contract/contract.ts';
import type { Backbone } from './backbone.ts';
import type { Consumer } from './consumer.ts';
import type { GithubContext } from './github.ts';
import { githubIdentity, githubKey, mounts } from './names.ts';

/** PEM of the CA of a TLS certificate each; undefined: the client's system knows it. */
export interface GithubCas {
  readonly broker?: string | undefined;
  readonly api?: string | undefined;
}

/** For the host of a consumer that is granted a context. */
export function githubContract(
  { github }: Backbone,
  { grants }: Consumer,
  { broker: ca }: GithubCas,
): Pick<ConsumerContract, 'github'> {
  const granted = new Set(grants.flatMap((one) => (one.kind === 'github' ? [one.context] : [])));
  if (github === undefined || granted.size === 0) return {};
  return {
    github: {
      url: github.broker.url,
      ...(ca === undefined ? {} : { caCertificate: ca }),
      proof: githubIdentity.token,
      webUrl: github.webUrl,
      contexts: contracts(github.contexts.filter(({ name }) => granted.has(name))),
    },
  };
}

/** For an operator or launcher: where the key of the App is brought to. */
export function githubAppContract(
  { github }: Backbone,
  only: Consumer | undefined,
  { api: ca }: GithubCas,
): Pick<Contract, 'githubApp'> {
  if (github === undefined || only !== undefined) return {};
  const { clientId, apiUrl } = github;
  const { key, import: bring, importVersion, wrappingKey } = githubKey;
  return {
    githubApp: {
      clientId,
      apiUrl,
      ...(ca === undefined ? {} : { apiCaCertificate: ca }),
      ...{ key, import: bring, importVersion, wrappingKey },
    },
  };
}

/** For the host of the broker: who may have what. */
export function githubBrokerContract(
  { github, consumers }: Backbone,
  only: Consumer | undefined,
  { api: ca }: GithubCas,
): Pick<Contract, 'githubBroker'> {
  if (github === undefined || only?.name !== github.broker.consumer) return {};
  const { address, port, creationsPerHour, tokensPerMinute } = github.broker;
  const granted = consumers.flatMap(({ name, from, grants }) => {
    const contexts = grants.flatMap((one) => (one.kind === 'github' ? [one.context] : []));
    return contexts.length === 0 ? [] : [[name, { from, contexts }] as const];
  });
  return {
    githubBroker: {
      address,
      port,
      clientId: github.clientId,
      apiUrl: github.apiUrl,
      ...(ca === undefined ? {} : { apiCaCertificate: ca }),
      sign: githubKey.sign,
      audience: githubIdentity.audience,
      proofKeys: githubIdentity.keys,
      consumerCa: `${mounts.pki}/cert/ca`,
      consumerRevocations: `${mounts.pki}/cert/crl`,
      accounts: github.accounts,
      contexts: contracts(github.contexts),
      consumers: Object.fromEntries(granted),
      creationsPerHour,
      tokensPerMinute,
    },
  };
}

function contracts(
  contexts: readonly GithubContext[],
): Readonly<Record<string, GithubContextContract>> {
  return Object.fromEntries(
    contexts.map(({ name, account, repositories, permissions, verbs }) => [
      name,
      { account, repositories, permissions, verbs },
    ]),
  );
}
